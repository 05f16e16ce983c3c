-- Up Migration

-- What the search box of the desk looks for: the ends of documents, beside names and phones.

alter table person_document add column ending uuid;
create index person_document_ending on person_document (ending) where ending is not null;

comment on column person_document.ending is
  'Keyed hash of the last four digits, as people read them out. Null until the registry is imported again.';
comment on column person.name_index is
  'Keyed hashes of the words of her names, of how these sound in either script, and of her area.';
