-- What the register's one chain of revisions ran, up to version 0.1.0. A line `-- revision N` ends what leads to N.
CREATE TABLE alembic_version ( version_num VARCHAR(32) NOT NULL, CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num) );
CREATE TABLE license ( id BIGSERIAL NOT NULL, number VARCHAR(32) NOT NULL, identity BYTEA NOT NULL, source BYTEA NOT NULL, line INTEGER NOT NULL, near_head BIGINT NOT NULL, near_tail BIGINT NOT NULL, skeleton VARCHAR(100) NOT NULL, type VARCHAR(24) NOT NULL, authority VARCHAR(4) NOT NULL, trade_name VARCHAR(100) NOT NULL, latitude FLOAT NOT NULL, longitude FLOAT NOT NULL, first_day VARCHAR(10) NOT NULL, last_day VARCHAR(10), CONSTRAINT pk_license PRIMARY KEY (id), CONSTRAINT uq_license_number UNIQUE (number), CONSTRAINT uq_license_identity UNIQUE (identity) );
CREATE INDEX ix_license_near_head ON license (near_head);
CREATE INDEX ix_license_near_tail ON license (near_tail);
CREATE TABLE seal ( id BIGSERIAL NOT NULL, license_id BIGINT NOT NULL, edition SMALLINT NOT NULL, cti BYTEA NOT NULL, kid BYTEA NOT NULL, iat BIGINT NOT NULL, list SMALLINT NOT NULL, idx INTEGER NOT NULL, status SMALLINT NOT NULL, token BYTEA NOT NULL, CONSTRAINT pk_seal PRIMARY KEY (id), CONSTRAINT fk_seal_license_id FOREIGN KEY(license_id) REFERENCES license (id), CONSTRAINT uq_seal_cti UNIQUE (cti), CONSTRAINT uq_seal_list_idx UNIQUE (list, idx) );
CREATE INDEX ix_seal_license_id ON seal (license_id);
CREATE INDEX ix_seal_kid ON seal (kid);
CREATE TABLE event ( id BIGSERIAL NOT NULL, license_id BIGINT NOT NULL, at BIGINT NOT NULL, kind VARCHAR(16) NOT NULL, edition SMALLINT NOT NULL, reason TEXT NOT NULL, CONSTRAINT pk_event PRIMARY KEY (id), CONSTRAINT fk_event_license_id FOREIGN KEY(license_id) REFERENCES license (id) );
CREATE INDEX ix_event_license_id ON event (license_id);
CREATE TABLE held ( id BIGSERIAL NOT NULL, identity BYTEA NOT NULL, source BYTEA NOT NULL, line INTEGER NOT NULL, twin VARCHAR(32) NOT NULL, row TEXT NOT NULL, at BIGINT NOT NULL, decision VARCHAR(16), CONSTRAINT pk_held PRIMARY KEY (id), CONSTRAINT uq_held_identity UNIQUE (identity) );
CREATE TABLE publication ( iat BIGINT NOT NULL, CONSTRAINT pk_publication PRIMARY KEY (iat) );
CREATE TABLE serial ( year SERIAL NOT NULL, used INTEGER NOT NULL, CONSTRAINT pk_serial PRIMARY KEY (year) );
CREATE TABLE status_list ( number SERIAL NOT NULL, used INTEGER NOT NULL, "order" BYTEA NOT NULL, CONSTRAINT pk_status_list PRIMARY KEY (number) );
INSERT INTO alembic_version (version_num) VALUES ('0001');
-- revision 0001
CREATE TABLE account ( id BIGSERIAL NOT NULL, name VARCHAR(32) NOT NULL, display VARCHAR(100) NOT NULL, password VARCHAR(255), totp VARCHAR(64), totp_step BIGINT NOT NULL, invitation BYTEA, invitation_until BIGINT, made_at BIGINT NOT NULL, closed_at BIGINT, CONSTRAINT pk_account PRIMARY KEY (id), CONSTRAINT uq_account_name UNIQUE (name), CONSTRAINT uq_account_invitation UNIQUE (invitation) );
CREATE TABLE account_role ( account_id BIGINT NOT NULL, authority VARCHAR(4) NOT NULL, role VARCHAR(16) NOT NULL, CONSTRAINT pk_account_role PRIMARY KEY (account_id, authority, role), CONSTRAINT fk_account_role_account_id FOREIGN KEY(account_id) REFERENCES account (id) );
CREATE TABLE account_recovery ( id BIGSERIAL NOT NULL, account_id BIGINT NOT NULL, code BYTEA NOT NULL, used_at BIGINT, CONSTRAINT pk_account_recovery PRIMARY KEY (id), CONSTRAINT fk_account_recovery_account_id FOREIGN KEY(account_id) REFERENCES account (id) );
CREATE INDEX ix_account_recovery_account_id ON account_recovery (account_id);
CREATE TABLE account_event ( id BIGSERIAL NOT NULL, account_id BIGINT NOT NULL, at BIGINT NOT NULL, kind VARCHAR(24) NOT NULL, by VARCHAR(32) NOT NULL, detail VARCHAR(64) NOT NULL, CONSTRAINT pk_account_event PRIMARY KEY (id), CONSTRAINT fk_account_event_account_id FOREIGN KEY(account_id) REFERENCES account (id) );
CREATE INDEX ix_account_event_account_id ON account_event (account_id);
CREATE TABLE attempt ( subject BYTEA NOT NULL, made INTEGER NOT NULL, last_at BIGINT NOT NULL, until BIGINT NOT NULL, CONSTRAINT pk_attempt PRIMARY KEY (subject) );
CREATE INDEX ix_attempt_last_at ON attempt (last_at);
CREATE TABLE session ( token BYTEA NOT NULL, realm VARCHAR(8) NOT NULL, subject BIGINT NOT NULL, stage VARCHAR(8) NOT NULL, begun_at BIGINT NOT NULL, seen_at BIGINT NOT NULL, CONSTRAINT pk_session PRIMARY KEY (token) );
CREATE INDEX ix_session_realm_subject ON session (realm, subject);
CREATE TABLE citizen ( id BIGSERIAL NOT NULL, mobile VARCHAR(16) NOT NULL, since BIGINT NOT NULL, CONSTRAINT pk_citizen PRIMARY KEY (id), CONSTRAINT uq_citizen_mobile UNIQUE (mobile) );
CREATE TABLE citizen_code ( id BIGSERIAL NOT NULL, mobile VARCHAR(16) NOT NULL, salt BYTEA NOT NULL, code BYTEA NOT NULL, made_at BIGINT NOT NULL, tries SMALLINT NOT NULL, used_at BIGINT, CONSTRAINT pk_citizen_code PRIMARY KEY (id) );
CREATE INDEX ix_citizen_code_mobile ON citizen_code (mobile);
UPDATE alembic_version SET version_num='0002' WHERE alembic_version.version_num = '0001';
-- revision 0002
CREATE TABLE application ( id BIGSERIAL NOT NULL, key VARCHAR(32) NOT NULL, number VARCHAR(32), version INTEGER NOT NULL, state VARCHAR(24) NOT NULL, service VARCHAR(48) NOT NULL, channel VARCHAR(8) NOT NULL, authority VARCHAR(4) NOT NULL, owner VARCHAR(64) NOT NULL, entered_by VARCHAR(80) NOT NULL, approved_by VARCHAR(80), mobile VARCHAR(20) NOT NULL, fields TEXT NOT NULL, license TEXT, name VARCHAR(100) NOT NULL, holder VARCHAR(100) NOT NULL, latitude FLOAT, longitude FLOAT, cell BIGINT, subject VARCHAR(32), issued VARCHAR(32), "case" TEXT, upheld BOOLEAN NOT NULL, receipt BYTEA, created_at BIGINT NOT NULL, submitted_at BIGINT, decided_at BIGINT, since BIGINT NOT NULL, due_at BIGINT, escalated BOOLEAN NOT NULL, CONSTRAINT pk_application PRIMARY KEY (id), CONSTRAINT uq_application_key UNIQUE (key), CONSTRAINT uq_application_number UNIQUE (number) );
CREATE TABLE application_event ( id BIGSERIAL NOT NULL, application_id BIGINT NOT NULL, at BIGINT NOT NULL, action VARCHAR(24) NOT NULL, from_state VARCHAR(24) NOT NULL, to_state VARCHAR(24) NOT NULL, actor VARCHAR(80) NOT NULL, actor_name VARCHAR(120) NOT NULL, reason TEXT NOT NULL, detail TEXT NOT NULL, CONSTRAINT pk_application_event PRIMARY KEY (id), CONSTRAINT fk_application_event_application_id FOREIGN KEY(application_id) REFERENCES application (id) );
CREATE TABLE attachment ( id BIGSERIAL NOT NULL, application_id BIGINT NOT NULL, code VARCHAR(48) NOT NULL, digest BYTEA NOT NULL, media VARCHAR(32) NOT NULL, size INTEGER NOT NULL, filename VARCHAR(120) NOT NULL, at BIGINT NOT NULL, by VARCHAR(80) NOT NULL, removed_at BIGINT, CONSTRAINT pk_attachment PRIMARY KEY (id), CONSTRAINT fk_attachment_application_id FOREIGN KEY(application_id) REFERENCES application (id) );
CREATE TABLE inspection ( id BIGSERIAL NOT NULL, application_id BIGINT NOT NULL, requested_at BIGINT NOT NULL, requested_by VARCHAR(80) NOT NULL, done_at BIGINT, done_by VARCHAR(80), outcome VARCHAR(16), stayed_up VARCHAR(8), removed_on VARCHAR(10), note TEXT NOT NULL, CONSTRAINT pk_inspection PRIMARY KEY (id), CONSTRAINT fk_inspection_application_id FOREIGN KEY(application_id) REFERENCES application (id) );
CREATE TABLE objection ( id BIGSERIAL NOT NULL, application_id BIGINT NOT NULL, against VARCHAR(16) NOT NULL, at BIGINT NOT NULL, by VARCHAR(80) NOT NULL, text TEXT NOT NULL, decided_at BIGINT, decided_by VARCHAR(80), upheld BOOLEAN, reason TEXT, CONSTRAINT pk_objection PRIMARY KEY (id), CONSTRAINT fk_objection_application_id FOREIGN KEY(application_id) REFERENCES application (id) );
CREATE TABLE application_serial ( authority VARCHAR(4) NOT NULL, year SMALLINT NOT NULL, used INTEGER NOT NULL, CONSTRAINT pk_application_serial PRIMARY KEY (authority, year) );
CREATE TABLE license_link ( id BIGSERIAL NOT NULL, number VARCHAR(32) NOT NULL, previous VARCHAR(32) NOT NULL, kind VARCHAR(16) NOT NULL, at BIGINT NOT NULL, CONSTRAINT pk_license_link PRIMARY KEY (id), CONSTRAINT uq_license_link_number_previous UNIQUE (number, previous) );
CREATE TABLE application_word ( authority VARCHAR(4) NOT NULL, word VARCHAR(40) COLLATE "C" NOT NULL, application_id BIGINT NOT NULL, CONSTRAINT pk_application_word PRIMARY KEY (authority, word, application_id), CONSTRAINT fk_application_word_application_id FOREIGN KEY(application_id) REFERENCES application (id) );
CREATE INDEX ix_application_authority_state_since_id ON application (authority, state, since, id);
CREATE INDEX ix_application_state_since_id ON application (state, since, id);
CREATE INDEX ix_application_authority_service_state_since ON application (authority, service, state, since);
CREATE INDEX ix_application_authority_decided_at_service_submitted_at ON application (authority, decided_at, service, submitted_at);
CREATE INDEX ix_application_owner_id ON application (owner, id);
CREATE INDEX ix_application_entered_by_state ON application (entered_by, state);
CREATE INDEX ix_application_cell ON application (cell);
CREATE INDEX ix_application_subject ON application (subject);
CREATE INDEX ix_application_issued ON application (issued);
CREATE INDEX ix_application_escalated_due_at ON application (escalated, due_at);
CREATE INDEX ix_application_event_application_id ON application_event (application_id);
CREATE INDEX ix_attachment_application_id ON attachment (application_id);
CREATE INDEX ix_inspection_application_id ON inspection (application_id);
CREATE INDEX ix_objection_application_id ON objection (application_id);
CREATE INDEX ix_license_link_previous ON license_link (previous);
CREATE INDEX ix_application_word_application_id_word ON application_word (application_id, word);
CREATE INDEX ix_license_skeleton ON license (skeleton text_pattern_ops);
UPDATE alembic_version SET version_num='0003' WHERE alembic_version.version_num = '0002';
-- revision 0003
CREATE TABLE bill ( id BIGSERIAL NOT NULL, subject VARCHAR(40) NOT NULL, authority VARCHAR(4) NOT NULL, piastres BIGINT NOT NULL, sample BOOLEAN NOT NULL, digest BYTEA NOT NULL, state VARCHAR(12) NOT NULL, opened_at BIGINT NOT NULL, closed_at BIGINT, CONSTRAINT pk_bill PRIMARY KEY (id) );
CREATE INDEX ix_bill_subject ON bill (subject);
CREATE UNIQUE INDEX uq_bill_open_subject ON bill (subject) WHERE state = 'open';
CREATE TABLE bill_line ( bill_id BIGINT NOT NULL, place SMALLINT NOT NULL, rule VARCHAR(80) NOT NULL, version VARCHAR(40) NOT NULL, name_ar VARCHAR(200) NOT NULL, name_en VARCHAR(200) NOT NULL, quantity VARCHAR(200) NOT NULL, piastres BIGINT NOT NULL, sample BOOLEAN NOT NULL, CONSTRAINT pk_bill_line PRIMARY KEY (bill_id, place), CONSTRAINT fk_bill_line_bill_id FOREIGN KEY(bill_id) REFERENCES bill (id) );
CREATE TABLE charge ( id BIGSERIAL NOT NULL, bill_id BIGINT NOT NULL, provider VARCHAR(16) NOT NULL, reference VARCHAR(32) NOT NULL, provider_reference VARCHAR(32), piastres BIGINT NOT NULL, state VARCHAR(12) NOT NULL, created_at BIGINT NOT NULL, expires_at BIGINT NOT NULL, polls SMALLINT NOT NULL, poll_at BIGINT, CONSTRAINT pk_charge PRIMARY KEY (id), CONSTRAINT fk_charge_bill_id FOREIGN KEY(bill_id) REFERENCES bill (id), CONSTRAINT uq_charge_reference UNIQUE (reference) );
CREATE INDEX ix_charge_bill_id ON charge (bill_id);
CREATE INDEX ix_charge_poll_at ON charge (poll_at);
CREATE UNIQUE INDEX uq_charge_live_bill_id ON charge (bill_id) WHERE state IN ('chosen', 'pending');
CREATE TABLE payment ( id BIGSERIAL NOT NULL, bill_id BIGINT NOT NULL, charge_id BIGINT, authority VARCHAR(4) NOT NULL, method VARCHAR(12) NOT NULL, piastres BIGINT NOT NULL, settles BOOLEAN NOT NULL, by VARCHAR(64) NOT NULL, at BIGINT NOT NULL, receipt_year SMALLINT, receipt_serial INTEGER, reconciled VARCHAR(10), CONSTRAINT pk_payment PRIMARY KEY (id), CONSTRAINT fk_payment_bill_id FOREIGN KEY(bill_id) REFERENCES bill (id), CONSTRAINT fk_payment_charge_id FOREIGN KEY(charge_id) REFERENCES charge (id), CONSTRAINT uq_payment_charge_id UNIQUE (charge_id), CONSTRAINT uq_payment_authority_receipt_year_receipt_serial UNIQUE (authority, receipt_year, receipt_serial) );
CREATE INDEX ix_payment_authority_at ON payment (authority, at);
CREATE INDEX ix_payment_bill_id ON payment (bill_id);
CREATE UNIQUE INDEX uq_payment_settling_bill_id ON payment (bill_id) WHERE settles;
CREATE TABLE receipt_counter ( authority VARCHAR(4) NOT NULL, year SMALLINT NOT NULL, used INTEGER NOT NULL, CONSTRAINT pk_receipt_counter PRIMARY KEY (authority, year) );
CREATE TABLE refund ( id BIGSERIAL NOT NULL, payment_id BIGINT NOT NULL, key VARCHAR(64) NOT NULL, piastres BIGINT NOT NULL, reason VARCHAR(200) NOT NULL, by VARCHAR(64) NOT NULL, state VARCHAR(12) NOT NULL, asked_at BIGINT NOT NULL, attempts SMALLINT NOT NULL, next_at BIGINT, sent_at BIGINT, done_at BIGINT, code VARCHAR(40), reconciled VARCHAR(10), CONSTRAINT pk_refund PRIMARY KEY (id), CONSTRAINT fk_refund_payment_id FOREIGN KEY(payment_id) REFERENCES payment (id), CONSTRAINT uq_refund_key UNIQUE (key) );
CREATE INDEX ix_refund_payment_id ON refund (payment_id);
CREATE INDEX ix_refund_next_at ON refund (next_at);
CREATE UNIQUE INDEX uq_refund_sending_payment_id ON refund (payment_id) WHERE state = 'sending';
CREATE TABLE notification ( id BIGSERIAL NOT NULL, digest BYTEA NOT NULL, provider VARCHAR(16) NOT NULL, body BYTEA NOT NULL, reference VARCHAR(64), status VARCHAR(20), piastres BIGINT, outcome VARCHAR(20) NOT NULL, first_at BIGINT NOT NULL, last_at BIGINT NOT NULL, times INTEGER NOT NULL, waits BOOLEAN NOT NULL, decided_by VARCHAR(64), decided_at BIGINT, note VARCHAR(500), CONSTRAINT pk_notification PRIMARY KEY (id), CONSTRAINT uq_notification_digest UNIQUE (digest) );
CREATE INDEX ix_notification_outcome_first_at ON notification (outcome, first_at);
CREATE INDEX ix_notification_reference ON notification (reference);
CREATE TABLE reconciliation ( id BIGSERIAL NOT NULL, provider VARCHAR(16) NOT NULL, day VARCHAR(10) NOT NULL, digest BYTEA NOT NULL, at BIGINT NOT NULL, report TEXT NOT NULL, CONSTRAINT pk_reconciliation PRIMARY KEY (id) );
CREATE INDEX ix_reconciliation_day ON reconciliation (day);
UPDATE alembic_version SET version_num='0004' WHERE alembic_version.version_num = '0003';
-- revision 0004
CREATE TABLE message ( id BIGSERIAL NOT NULL, event VARCHAR(96) NOT NULL, recipient VARCHAR(16) NOT NULL, text TEXT NOT NULL, parts SMALLINT NOT NULL, rank SMALLINT NOT NULL, state VARCHAR(12) NOT NULL, round SMALLINT NOT NULL, attempts SMALLINT NOT NULL, due BIGINT NOT NULL, lease VARCHAR(32), expires BIGINT, error VARCHAR(40), enqueued_at BIGINT NOT NULL, changed_at BIGINT NOT NULL, CONSTRAINT pk_message PRIMARY KEY (id), CONSTRAINT uq_message_event UNIQUE (event) );
CREATE INDEX ix_message_state_rank_due ON message (state, rank, due);
CREATE INDEX ix_message_enqueued_at ON message (enqueued_at);
CREATE TABLE message_part ( id BIGSERIAL NOT NULL, message_id BIGINT NOT NULL, round SMALLINT NOT NULL, number SMALLINT NOT NULL, provider VARCHAR(16) NOT NULL, provider_id VARCHAR(65) NOT NULL, sent_at BIGINT NOT NULL, delivered BOOLEAN, CONSTRAINT pk_message_part PRIMARY KEY (id), CONSTRAINT fk_message_part_message_id FOREIGN KEY(message_id) REFERENCES message (id), CONSTRAINT uq_message_part_message_id_round_number UNIQUE (message_id, round, number) );
CREATE INDEX ix_message_part_provider_provider_id ON message_part (provider, provider_id);
CREATE INDEX ix_message_part_sent_at ON message_part (sent_at);
CREATE TABLE message_receipt ( id BIGSERIAL NOT NULL, provider VARCHAR(16) NOT NULL, provider_id VARCHAR(65) NOT NULL, outcome VARCHAR(12) NOT NULL, error VARCHAR(16) NOT NULL, at BIGINT NOT NULL, CONSTRAINT pk_message_receipt PRIMARY KEY (id), CONSTRAINT uq_message_receipt_provider_provider_id_outcome UNIQUE (provider, provider_id, outcome) );
CREATE TABLE keep_link ( id BIGSERIAL NOT NULL, digest BYTEA NOT NULL, license_id BIGINT NOT NULL, made_at BIGINT NOT NULL, withdrawn_at BIGINT, CONSTRAINT pk_keep_link PRIMARY KEY (id), CONSTRAINT fk_keep_link_license_id FOREIGN KEY(license_id) REFERENCES license (id), CONSTRAINT uq_keep_link_digest UNIQUE (digest) );
CREATE INDEX ix_keep_link_license_id ON keep_link (license_id);
UPDATE alembic_version SET version_num='0005' WHERE alembic_version.version_num = '0004';
-- revision 0005
CREATE TABLE print ( id BIGSERIAL NOT NULL, license_id BIGINT NOT NULL, edition SMALLINT NOT NULL, serial INTEGER NOT NULL, size VARCHAR(2) NOT NULL, by VARCHAR(64) NOT NULL, at BIGINT NOT NULL, CONSTRAINT pk_print PRIMARY KEY (id), CONSTRAINT fk_print_license_id FOREIGN KEY(license_id) REFERENCES license (id), CONSTRAINT uq_print_license_id_edition_serial UNIQUE (license_id, edition, serial) );
CREATE INDEX ix_print_at ON print (at);
UPDATE alembic_version SET version_num='0006' WHERE alembic_version.version_num = '0005';
-- revision 0006
ALTER TABLE application ADD COLUMN priced_at BIGINT;
CREATE TABLE application_line ( application_id BIGINT NOT NULL, place SMALLINT NOT NULL, rule VARCHAR(80) NOT NULL, version VARCHAR(40) NOT NULL, name_ar VARCHAR(200) NOT NULL, name_en VARCHAR(200) NOT NULL, quantity VARCHAR(200) NOT NULL, piastres BIGINT NOT NULL, sample BOOLEAN NOT NULL, CONSTRAINT pk_application_line PRIMARY KEY (application_id, place), CONSTRAINT fk_application_line_application_id FOREIGN KEY(application_id) REFERENCES application (id) );
UPDATE alembic_version SET version_num='0007' WHERE alembic_version.version_num = '0006';
-- revision 0007
CREATE TABLE device ( browser BYTEA NOT NULL, subject BYTEA NOT NULL, last_at BIGINT NOT NULL, CONSTRAINT pk_device PRIMARY KEY (browser, subject) );
CREATE INDEX ix_device_subject ON device (subject);
CREATE INDEX ix_device_last_at ON device (last_at);
ALTER TABLE citizen_code ADD COLUMN browser BYTEA;
CREATE INDEX ix_citizen_code_made_at ON citizen_code (made_at);
CREATE TABLE message_unread ( provider VARCHAR(16) NOT NULL, day DATE NOT NULL, reason VARCHAR(24) NOT NULL, number INTEGER NOT NULL, CONSTRAINT pk_message_unread PRIMARY KEY (provider, day, reason) );
UPDATE alembic_version SET version_num='0008' WHERE alembic_version.version_num = '0007';
-- revision 0008
ALTER TABLE license ADD COLUMN chain BYTEA;
ALTER TABLE license ADD COLUMN content BYTEA;
CREATE INDEX ix_license_chain ON license (chain);
UPDATE alembic_version SET version_num='0009' WHERE alembic_version.version_num = '0008';
-- revision 0009
CREATE INDEX ix_application_mobile_owner ON application (mobile, owner);
UPDATE alembic_version SET version_num='0010' WHERE alembic_version.version_num = '0009';
-- revision 0010
ALTER TABLE attachment ADD COLUMN objection_id BIGINT;
ALTER TABLE attachment ADD CONSTRAINT fk_attachment_objection_id FOREIGN KEY(objection_id) REFERENCES objection (id);
UPDATE alembic_version SET version_num='0011' WHERE alembic_version.version_num = '0010';
-- revision 0011
