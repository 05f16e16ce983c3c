-- Up Migration

-- What a reviewer of an appeal must have before them: what the registry said on the day it was lodged.

alter table grievance add column evidence_sealed bytea;
comment on column grievance.evidence_sealed is
  'Sealed: what the registry said about the enrolment when the appeal was lodged: status, its date, reason, source.';
