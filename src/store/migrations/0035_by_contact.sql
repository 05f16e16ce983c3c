-- Up Migration

-- Whose rows go when a contact goes: erasure and retention look for them by contact.
create index payment_notice_contact on payment_notice (contact);
create index campaign_recipient_contact on campaign_recipient (contact) where contact is not null;
