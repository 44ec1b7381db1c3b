-- Written by `python -m recobro.migrations.freeze`; from the first release on it stays as it is.

CREATE TABLE access_tokens (
    id UUID NOT NULL,
    purpose TEXT NOT NULL,
    email TEXT NOT NULL,
    person_id UUID,
    agency_id UUID,
    client_id UUID,
    role TEXT NOT NULL,
    name TEXT NOT NULL,
    invited_by TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    cancelled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_access_tokens PRIMARY KEY (id),
    CONSTRAINT ck_access_tokens__purpose CHECK (purpose IN ('invitation', 'reset')),
    CONSTRAINT ck_access_tokens__client_role CHECK ((client_id IS NOT NULL) = starts_with(role, 'client_')),
    CONSTRAINT ck_access_tokens__agency CHECK (agency_id IS NOT NULL OR role IN ('', 'operator'))
);

CREATE INDEX ix_access_tokens__agency ON access_tokens (agency_id, purpose);

CREATE TABLE agencies (
    agency_id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    legal_name TEXT NOT NULL,
    country TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    locale TEXT NOT NULL,
    currency TEXT NOT NULL,
    tax_id TEXT NOT NULL,
    address TEXT NOT NULL,
    phone TEXT NOT NULL,
    email TEXT NOT NULL,
    registry_no TEXT NOT NULL,
    bank_account TEXT NOT NULL,
    status TEXT NOT NULL,
    sandbox BOOLEAN NOT NULL,
    clock_offset_s BIGINT NOT NULL,
    settings JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_agencies PRIMARY KEY (agency_id),
    CONSTRAINT ck_agencies__status CHECK (status IN ('active', 'suspended')),
    CONSTRAINT uq_agencies__slug UNIQUE (slug)
);

CREATE TABLE audit (
    agency_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    payload TEXT NOT NULL,
    prev BYTEA NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (agency_id, seq)
);

CREATE INDEX ix_audit__action ON audit (agency_id, action, seq);

CREATE TABLE audit_heads (
    agency_id UUID NOT NULL,
    seq BIGINT NOT NULL,
    hash BYTEA NOT NULL,
    CONSTRAINT pk_audit_heads PRIMARY KEY (agency_id)
);

CREATE TABLE law_texts (
    sha256 TEXT NOT NULL,
    name TEXT NOT NULL,
    content TEXT NOT NULL,
    kept_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_law_texts PRIMARY KEY (sha256),
    CONSTRAINT ck_law_texts__content CHECK (sha256 = encode(sha256(convert_to(content, 'UTF8')), 'hex'))
);

CREATE TABLE people (
    id UUID NOT NULL,
    email TEXT NOT NULL,
    name TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    totp_secret TEXT NOT NULL,
    totp_counter BIGINT NOT NULL,
    operator BOOLEAN NOT NULL,
    locale TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    disabled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_people PRIMARY KEY (id),
    CONSTRAINT uq_people__email UNIQUE (email)
);

CREATE TABLE search_words (
    agency_id UUID NOT NULL,
    word TEXT COLLATE "C" NOT NULL,
    kind TEXT NOT NULL,
    source_id UUID NOT NULL,
    client_id UUID NOT NULL,
    debtor_id UUID NOT NULL,
    CONSTRAINT pk_search_words PRIMARY KEY (agency_id, word, kind, source_id),
    CONSTRAINT ck_search_words__kind CHECK (kind IN ('name', 'contact', 'phone', 'phone_end', 'email'))
);

CREATE TABLE sign_in_attempts (
    id UUID NOT NULL,
    subject TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_sign_in_attempts PRIMARY KEY (id)
);

CREATE INDEX ix_sign_in_attempts__subject ON sign_in_attempts (subject, at);

CREATE TABLE stripe_events (
    id TEXT NOT NULL,
    agency_id UUID,
    type TEXT NOT NULL,
    object_id TEXT NOT NULL,
    object_status TEXT NOT NULL,
    payment_intent TEXT NOT NULL,
    checkout_id UUID,
    state TEXT NOT NULL,
    note TEXT NOT NULL,
    amount BIGINT,
    currency TEXT NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_stripe_events PRIMARY KEY (id),
    CONSTRAINT ck_stripe_events__state CHECK (state IN ('received', 'applied', 'ignored', 'unmatched', 'needs_person'))
);

CREATE INDEX ix_stripe_events__agency ON stripe_events (agency_id, state);

CREATE TABLE agency_policies (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    version BIGINT NOT NULL,
    rules JSONB NOT NULL,
    digest TEXT NOT NULL,
    why TEXT NOT NULL,
    change TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    set_by TEXT NOT NULL,
    set_by_id UUID,
    CONSTRAINT pk_agency_policies PRIMARY KEY (agency_id, id),
    CONSTRAINT uq_agency_policies__agency_id_version UNIQUE (agency_id, version),
    CONSTRAINT fk_agency_policies__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE INDEX ix_agency_policies__digest ON agency_policies (agency_id, digest);

CREATE TABLE clients (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    slug TEXT NOT NULL,
    name TEXT NOT NULL,
    legal_name TEXT NOT NULL,
    tax_id TEXT NOT NULL,
    country TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    locale TEXT NOT NULL,
    currency TEXT NOT NULL,
    creditor_type TEXT NOT NULL,
    address TEXT NOT NULL,
    phone TEXT NOT NULL,
    email TEXT NOT NULL,
    bank_account TEXT NOT NULL,
    brand_color TEXT NOT NULL,
    logo_file_id UUID,
    status TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_clients PRIMARY KEY (agency_id, id),
    CONSTRAINT uq_clients__agency_id_slug UNIQUE (agency_id, slug),
    CONSTRAINT ck_clients__status CHECK (status IN ('active', 'closed')),
    CONSTRAINT ck_clients__creditor_type CHECK (creditor_type IN ('financial', 'commercial', 'other')),
    CONSTRAINT fk_clients__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE TABLE contact_counters (
    agency_id UUID NOT NULL,
    person_key TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    last_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_contact_counters PRIMARY KEY (agency_id, person_key),
    CONSTRAINT fk_contact_counters__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE TABLE idempotency_keys (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    response JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_idempotency_keys PRIMARY KEY (agency_id, id),
    CONSTRAINT uq_idempotency_keys__agency_id_principal_key UNIQUE (agency_id, principal, key),
    CONSTRAINT fk_idempotency_keys__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE TABLE job_runs (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    ran_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_job_runs PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_job_runs__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE TABLE ledger_bank_checks (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    currency TEXT NOT NULL,
    "on" DATE NOT NULL,
    amount BIGINT NOT NULL,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_ledger_bank_checks PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_ledger_bank_checks__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE INDEX ix_ledger_bank_checks__day ON ledger_bank_checks (agency_id, currency, "on");

CREATE TABLE number_series (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    series TEXT NOT NULL,
    last BIGINT NOT NULL,
    CONSTRAINT pk_number_series PRIMARY KEY (agency_id, id),
    CONSTRAINT uq_number_series__agency_id_series UNIQUE (agency_id, series),
    CONSTRAINT fk_number_series__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE TABLE outbox (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    payload JSONB NOT NULL,
    state TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    advanced BIGINT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    available_at TIMESTAMP WITH TIME ZONE NOT NULL,
    rung_at TIMESTAMP WITH TIME ZONE,
    done_at TIMESTAMP WITH TIME ZONE,
    last_error TEXT,
    CONSTRAINT pk_outbox PRIMARY KEY (agency_id, id),
    CONSTRAINT ck_outbox__state CHECK (state IN ('waiting', 'rung', 'done', 'dead')),
    CONSTRAINT fk_outbox__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE INDEX ix_outbox__due ON outbox (agency_id, state, available_at) WHERE state <> 'done';

CREATE TABLE print_batches (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    number TEXT NOT NULL,
    state TEXT NOT NULL,
    wanted BIGINT NOT NULL,
    letters BIGINT NOT NULL,
    file_id UUID,
    manifest_id UUID,
    made_by TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ready_at TIMESTAMP WITH TIME ZONE,
    posted_on DATE,
    posted_by TEXT NOT NULL,
    CONSTRAINT pk_print_batches PRIMARY KEY (agency_id, id),
    CONSTRAINT uq_print_batches__agency_id_number UNIQUE (agency_id, number),
    CONSTRAINT ck_print_batches__state CHECK (state IN ('making', 'ready', 'posted', 'empty')),
    CONSTRAINT fk_print_batches__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE TABLE recovery_codes (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    code_sha256 TEXT NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_recovery_codes PRIMARY KEY (id),
    CONSTRAINT fk_recovery_codes__person_id FOREIGN KEY(person_id) REFERENCES people (id)
);

CREATE INDEX ix_recovery_codes__person_id ON recovery_codes (person_id);

CREATE TABLE saved_views (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_saved_views PRIMARY KEY (agency_id, id),
    CONSTRAINT uq_saved_views__agency_id_person_id_name UNIQUE (agency_id, person_id, name),
    CONSTRAINT fk_saved_views__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE TABLE scheduled_runs (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    outbox_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_scheduled_runs PRIMARY KEY (agency_id, id),
    CONSTRAINT uq_scheduled_runs__agency_id_name_due_at UNIQUE (agency_id, name, due_at),
    CONSTRAINT fk_scheduled_runs__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE TABLE sessions (
    id_sha256 TEXT NOT NULL,
    person_id UUID NOT NULL,
    agency_id UUID,
    membership_id UUID,
    second_factor BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    user_agent TEXT NOT NULL,
    ip TEXT NOT NULL,
    data JSONB NOT NULL,
    CONSTRAINT pk_sessions PRIMARY KEY (id_sha256),
    CONSTRAINT fk_sessions__person_id FOREIGN KEY(person_id) REFERENCES people (id)
);

CREATE INDEX ix_sessions__person_id ON sessions (person_id);

CREATE TABLE strategies (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    key TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    ladder JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    CONSTRAINT pk_strategies PRIMARY KEY (agency_id, id),
    CONSTRAINT uq_strategies__agency_id_key_version UNIQUE (agency_id, key, version),
    CONSTRAINT ck_strategies__state CHECK (state IN ('active', 'retired')),
    CONSTRAINT fk_strategies__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE TABLE api_keys (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID,
    name TEXT NOT NULL,
    hint TEXT NOT NULL,
    secret_sha256 TEXT NOT NULL,
    scopes TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_api_keys PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_api_keys__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT fk_api_keys__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE INDEX ix_api_keys__secret ON api_keys (secret_sha256);

CREATE TABLE contracts (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    version BIGINT NOT NULL,
    valid_from DATE NOT NULL,
    commission_rules JSONB NOT NULL,
    tax_name TEXT NOT NULL,
    tax_bp BIGINT NOT NULL,
    remittance_kind TEXT NOT NULL,
    remittance_day BIGINT NOT NULL,
    max_discount_bp BIGINT NOT NULL,
    max_instalments BIGINT NOT NULL,
    min_instalment BIGINT NOT NULL,
    instalment_grace_days BIGINT NOT NULL,
    promise_grace_days BIGINT NOT NULL,
    pay_to TEXT NOT NULL,
    share_debtors BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by UUID,
    CONSTRAINT pk_contracts PRIMARY KEY (agency_id, id),
    CONSTRAINT uq_contracts__agency_id_client_id_version UNIQUE (agency_id, client_id, version),
    CONSTRAINT ck_contracts__remittance_kind CHECK (remittance_kind = 'net'),
    CONSTRAINT ck_contracts__pay_to CHECK (pay_to IN ('agency', 'client')),
    CONSTRAINT ck_contracts__max_discount CHECK (max_discount_bp BETWEEN 0 AND 10000),
    CONSTRAINT ck_contracts__max_instalments CHECK (max_instalments BETWEEN 1 AND 120),
    CONSTRAINT ck_contracts__tax CHECK (tax_bp BETWEEN 0 AND 10000),
    CONSTRAINT fk_contracts__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_contracts__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE TABLE debtors (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    name_norm TEXT NOT NULL,
    customer_ref TEXT NOT NULL,
    customer_ref_norm TEXT NOT NULL,
    tax_id TEXT NOT NULL,
    tax_id_norm TEXT NOT NULL,
    country TEXT NOT NULL,
    region TEXT NOT NULL,
    city TEXT NOT NULL,
    time_zone TEXT NOT NULL,
    locale TEXT NOT NULL,
    birth_year BIGINT,
    placement_id UUID,
    merged_into UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_debtors PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_debtors__agency_id_client_id_merged_into FOREIGN KEY(agency_id, client_id, merged_into) REFERENCES debtors (agency_id, client_id, id),
    CONSTRAINT ck_debtors__kind CHECK (kind IN ('firm', 'person')),
    CONSTRAINT ck_debtors__merged_into CHECK (merged_into <> id),
    CONSTRAINT fk_debtors__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id) NOT ENFORCED,
    CONSTRAINT uq_debtors__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_debtors__customer_ref ON debtors (agency_id, client_id, customer_ref_norm);

CREATE INDEX ix_debtors__merged ON debtors (agency_id, merged_into) WHERE merged_into IS NOT NULL;

CREATE INDEX ix_debtors__name ON debtors (agency_id, name_norm);

CREATE INDEX ix_debtors__tax_id ON debtors (agency_id, tax_id_norm) WHERE tax_id_norm <> '';

CREATE TABLE intake_maps (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    kind TEXT NOT NULL,
    headings_sha256 TEXT NOT NULL,
    name TEXT NOT NULL,
    fields JSONB NOT NULL,
    forgotten BOOLEAN NOT NULL,
    changed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    changed_by TEXT NOT NULL,
    CONSTRAINT pk_intake_maps PRIMARY KEY (agency_id, id),
    CONSTRAINT uq_intake_maps__agency_id_client_id_kind_headings_sha256 UNIQUE (agency_id, client_id, kind, headings_sha256),
    CONSTRAINT ck_intake_maps__kind CHECK (kind IN ('placement', 'financial', 'maintenance', 'recall', 'consent', 'documents')),
    CONSTRAINT fk_intake_maps__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_intake_maps__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE TABLE intake_sources (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    file_kind TEXT NOT NULL,
    folder TEXT,
    token_sha256 TEXT,
    senders TEXT[] NOT NULL,
    auto_confirm BOOLEAN NOT NULL,
    active BOOLEAN NOT NULL,
    seen JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    last_result JSONB NOT NULL,
    CONSTRAINT pk_intake_sources PRIMARY KEY (agency_id, id),
    CONSTRAINT uq_intake_sources__agency_id_client_id_folder UNIQUE (agency_id, client_id, folder),
    CONSTRAINT ck_intake_sources__kind CHECK (kind IN ('folder', 'email')),
    CONSTRAINT ck_intake_sources__folder CHECK ((kind = 'folder') = (folder IS NOT NULL)),
    CONSTRAINT ck_intake_sources__token CHECK ((kind = 'email') = (token_sha256 IS NOT NULL)),
    CONSTRAINT fk_intake_sources__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_intake_sources__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_intake_sources__token ON intake_sources (token_sha256);

CREATE TABLE ledger_accounts (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    book TEXT NOT NULL,
    currency TEXT NOT NULL,
    client_id UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_ledger_accounts PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_ledger_accounts__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_ledger_accounts__agency_id_id_currency UNIQUE (agency_id, id, currency),
    CONSTRAINT uq_ledger_accounts__agency_id_kind_currency_client_id UNIQUE NULLS NOT DISTINCT (agency_id, kind, currency, client_id),
    CONSTRAINT ck_ledger_accounts__kind CHECK (kind IN ('bank_trust', 'client_payable', 'unapplied', 'withheld', 'bank_operating', 'client_receivable', 'costs_advanced', 'counsel_clearing', 'commission_earned', 'tax_payable', 'due_from_trust')),
    CONSTRAINT ck_ledger_accounts__client CHECK ((kind IN ('client_payable', 'client_receivable')) = (client_id IS NOT NULL)),
    CONSTRAINT ck_ledger_accounts__book CHECK (book = CASE WHEN kind IN ('bank_trust', 'client_payable', 'unapplied', 'withheld') THEN 'trust' ELSE 'own' END),
    CONSTRAINT fk_ledger_accounts__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE TABLE ledger_entries (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    key TEXT NOT NULL,
    kind TEXT NOT NULL,
    client_id UUID,
    "on" DATE NOT NULL,
    reverses UUID,
    ref_table TEXT NOT NULL,
    ref_id UUID,
    details JSONB NOT NULL,
    digest TEXT NOT NULL,
    by TEXT NOT NULL,
    posted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    xid xid8 DEFAULT pg_current_xact_id() NOT NULL,
    CONSTRAINT pk_ledger_entries PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_ledger_entries__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT fk_ledger_entries__agency_id_reverses FOREIGN KEY(agency_id, reverses) REFERENCES ledger_entries (agency_id, id),
    CONSTRAINT uq_ledger_entries__agency_id_client_id_id UNIQUE (agency_id, client_id, id),
    CONSTRAINT uq_ledger_entries__agency_id_key UNIQUE (agency_id, key),
    CONSTRAINT uq_ledger_entries__agency_id_reverses UNIQUE (agency_id, reverses),
    CONSTRAINT fk_ledger_entries__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE INDEX ix_ledger_entries__client ON ledger_entries (agency_id, client_id, "on");

CREATE INDEX ix_ledger_entries__day ON ledger_entries (agency_id, "on" DESC, id DESC);

CREATE TABLE memberships (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    kind TEXT NOT NULL,
    role TEXT NOT NULL,
    client_id UUID,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    status TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_memberships PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_memberships__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_memberships__agency_id_person_id_role_client_id UNIQUE NULLS NOT DISTINCT (agency_id, person_id, role, client_id),
    CONSTRAINT ck_memberships__kind CHECK (kind IN ('staff', 'client', 'counsel')),
    CONSTRAINT ck_memberships__client CHECK ((kind = 'client') = (client_id IS NOT NULL)),
    CONSTRAINT ck_memberships__client_role CHECK ((kind = 'client') = starts_with(role, 'client_')),
    CONSTRAINT ck_memberships__counsel_role CHECK ((kind = 'counsel') = (role = 'counsel')),
    CONSTRAINT ck_memberships__status CHECK (status IN ('active', 'disabled')),
    CONSTRAINT fk_memberships__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE INDEX ix_memberships__person ON memberships (person_id);

CREATE TABLE remittances (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    number TEXT NOT NULL,
    currency TEXT NOT NULL,
    kind TEXT NOT NULL,
    period_from DATE NOT NULL,
    period_to DATE NOT NULL,
    opening BIGINT NOT NULL,
    collected BIGINT NOT NULL,
    collected_direct BIGINT NOT NULL,
    commission BIGINT NOT NULL,
    tax BIGINT NOT NULL,
    costs BIGINT NOT NULL,
    paid_over BIGINT NOT NULL,
    other BIGINT NOT NULL,
    closing BIGINT NOT NULL,
    net BIGINT NOT NULL,
    offset_amount BIGINT NOT NULL,
    payment_count BIGINT NOT NULL,
    state TEXT NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    closed_by TEXT NOT NULL,
    pdf_file_id UUID,
    xlsx_file_id UUID,
    csv_file_id UUID,
    pdf_sha256 TEXT NOT NULL,
    paid_on DATE,
    paid_amount BIGINT,
    paid_by TEXT NOT NULL,
    paid_reference TEXT NOT NULL,
    CONSTRAINT pk_remittances PRIMARY KEY (agency_id, id),
    CONSTRAINT uq_remittances__agency_id_number UNIQUE (agency_id, number),
    CONSTRAINT uq_remittances__agency_id_client_id_currency_period_to UNIQUE (agency_id, client_id, currency, period_to),
    CONSTRAINT ck_remittances__state CHECK (state IN ('closed', 'paid')),
    CONSTRAINT ck_remittances__period CHECK (period_from <= period_to),
    CONSTRAINT ck_remittances__amounts CHECK (net >= 0 AND offset_amount >= 0),
    CONSTRAINT ck_remittances__adds_up CHECK (closing = opening + collected - commission - tax - costs - paid_over + other),
    CONSTRAINT fk_remittances__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_remittances__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_remittances__client ON remittances (agency_id, client_id, period_to);

CREATE TABLE cases (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    number TEXT NOT NULL,
    debtor_id UUID NOT NULL,
    stage TEXT NOT NULL,
    stage_since TIMESTAMP WITH TIME ZONE NOT NULL,
    close_code TEXT NOT NULL,
    currency TEXT NOT NULL,
    balance BIGINT NOT NULL,
    oldest_due_on DATE,
    debt_count BIGINT NOT NULL,
    placement_id UUID,
    strategy_id UUID,
    step BIGINT NOT NULL,
    next_step_at TIMESTAMP WITH TIME ZONE,
    next_step_why TEXT NOT NULL,
    queue_at TIMESTAMP WITH TIME ZONE,
    queue_priority BIGINT NOT NULL,
    queue_reason TEXT NOT NULL,
    queue_details JSONB NOT NULL,
    claimed_by UUID,
    claimed_until TIMESTAMP WITH TIME ZONE,
    assigned_to UUID,
    last_contact_at TIMESTAMP WITH TIME ZONE,
    settlement_total BIGINT,
    settlement_currency TEXT,
    settlement_from TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_cases PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_cases__agency_id_client_id_debtor_id FOREIGN KEY(agency_id, client_id, debtor_id) REFERENCES debtors (agency_id, client_id, id) NOT ENFORCED,
    CONSTRAINT uq_cases__agency_id_number UNIQUE (agency_id, number),
    CONSTRAINT uq_cases__agency_id_client_id_debtor_id UNIQUE (agency_id, client_id, debtor_id),
    CONSTRAINT ck_cases__stage CHECK (stage IN ('received', 'notices', 'calls', 'negotiation', 'legal', 'closed')),
    CONSTRAINT ck_cases__close_code CHECK ((stage = 'closed') = (close_code <> '')),
    CONSTRAINT ck_cases__settlement CHECK (num_nulls(settlement_total, settlement_currency, settlement_from) IN (0, 3)),
    CONSTRAINT uq_cases__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_cases__balance ON cases (agency_id, balance);

CREATE INDEX ix_cases__client_stage ON cases (agency_id, client_id, stage);

CREATE INDEX ix_cases__due ON cases (agency_id, next_step_at) WHERE next_step_at IS NOT NULL;

CREATE INDEX ix_cases__queue ON cases (agency_id, queue_priority DESC, queue_at, id) WHERE queue_at IS NOT NULL;

CREATE TABLE contact_points (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    debtor_id UUID NOT NULL,
    channel TEXT NOT NULL,
    value TEXT NOT NULL,
    value_norm TEXT NOT NULL,
    person_name TEXT NOT NULL,
    person_role TEXT NOT NULL,
    source TEXT NOT NULL,
    consent TEXT NOT NULL,
    consent_at TIMESTAMP WITH TIME ZONE,
    consent_by TEXT,
    quality TEXT NOT NULL,
    last_outcome TEXT NOT NULL,
    last_used_at TIMESTAMP WITH TIME ZONE,
    placement_id UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_contact_points PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_contact_points__agency_id_client_id_debtor_id FOREIGN KEY(agency_id, client_id, debtor_id) REFERENCES debtors (agency_id, client_id, id) NOT ENFORCED,
    CONSTRAINT ck_contact_points__channel CHECK (channel IN ('phone', 'email', 'postal')),
    CONSTRAINT ck_contact_points__consent CHECK (consent IN ('granted', 'unknown', 'refused')),
    CONSTRAINT ck_contact_points__quality CHECK (quality IN ('unknown', 'verified', 'no_answer', 'wrong', 'bounced')),
    CONSTRAINT ck_contact_points__source CHECK (source IN ('client', 'debtor', 'collector', 'search')),
    CONSTRAINT uq_contact_points__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_contact_points__debtor ON contact_points (agency_id, debtor_id);

CREATE INDEX ix_contact_points__value ON contact_points (agency_id, value_norm);

CREATE TABLE debtor_facts (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    debtor_id UUID NOT NULL,
    field TEXT NOT NULL,
    value TEXT NOT NULL,
    source TEXT NOT NULL,
    ref_id UUID,
    line BIGINT,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_debtor_facts PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_debtor_facts__agency_id_client_id_debtor_id FOREIGN KEY(agency_id, client_id, debtor_id) REFERENCES debtors (agency_id, client_id, id),
    CONSTRAINT ck_debtor_facts__source CHECK (source IN ('client', 'debtor', 'collector', 'search', 'merge')),
    CONSTRAINT uq_debtor_facts__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_debtor_facts__debtor ON debtor_facts (agency_id, debtor_id, at DESC);

CREATE TABLE debtor_pairs (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    one_id UUID NOT NULL,
    other_id UUID NOT NULL,
    score BIGINT NOT NULL,
    evidence JSONB NOT NULL,
    state TEXT NOT NULL,
    found_at TIMESTAMP WITH TIME ZONE NOT NULL,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_debtor_pairs PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_debtor_pairs__agency_id_client_id_one_id FOREIGN KEY(agency_id, client_id, one_id) REFERENCES debtors (agency_id, client_id, id),
    CONSTRAINT fk_debtor_pairs__agency_id_client_id_other_id FOREIGN KEY(agency_id, client_id, other_id) REFERENCES debtors (agency_id, client_id, id),
    CONSTRAINT uq_debtor_pairs__agency_id_one_id_other_id UNIQUE (agency_id, one_id, other_id),
    CONSTRAINT ck_debtor_pairs__order CHECK (one_id < other_id),
    CONSTRAINT ck_debtor_pairs__score CHECK (score BETWEEN 0 AND 100),
    CONSTRAINT ck_debtor_pairs__state CHECK (state IN ('proposed', 'merged', 'kept', 'never')),
    CONSTRAINT uq_debtor_pairs__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_debtor_pairs__other ON debtor_pairs (agency_id, other_id);

CREATE INDEX ix_debtor_pairs__proposed ON debtor_pairs (agency_id, score DESC, id) WHERE state = 'proposed';

CREATE TABLE ledger_balances (
    agency_id UUID NOT NULL,
    account_id UUID NOT NULL,
    currency TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL,
    version BIGINT NOT NULL,
    CONSTRAINT pk_ledger_balances PRIMARY KEY (agency_id, account_id),
    CONSTRAINT fk_ledger_balances__agency_id_account_id_currency FOREIGN KEY(agency_id, account_id, currency) REFERENCES ledger_accounts (agency_id, id, currency),
    CONSTRAINT ck_ledger_balances__trust_never_negative CHECK ((kind NOT IN ('bank_trust', 'due_from_trust') OR amount >= 0) AND (kind NOT IN ('client_payable', 'unapplied', 'withheld') OR amount <= 0))
);

CREATE TABLE ledger_postings (
    agency_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    line SMALLINT NOT NULL,
    account_id UUID NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    CONSTRAINT pk_ledger_postings PRIMARY KEY (agency_id, entry_id, line),
    CONSTRAINT fk_ledger_postings__agency_id_entry_id FOREIGN KEY(agency_id, entry_id) REFERENCES ledger_entries (agency_id, id),
    CONSTRAINT fk_ledger_postings__agency_id_account_id_currency FOREIGN KEY(agency_id, account_id, currency) REFERENCES ledger_accounts (agency_id, id, currency),
    CONSTRAINT ck_ledger_postings__amount CHECK (amount <> 0)
);

CREATE INDEX ix_ledger_postings__account ON ledger_postings (agency_id, account_id, entry_id);

CREATE TABLE remittance_entries (
    agency_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    currency TEXT NOT NULL,
    client_id UUID NOT NULL,
    remittance_id UUID NOT NULL,
    position BIGINT NOT NULL,
    CONSTRAINT pk_remittance_entries PRIMARY KEY (agency_id, entry_id, currency),
    CONSTRAINT fk_remittance_entries__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT fk_remittance_entries__agency_id_client_id_remittance_id FOREIGN KEY(agency_id, client_id, remittance_id) REFERENCES remittances (agency_id, client_id, id),
    CONSTRAINT fk_remittance_entries__agency_id_client_id_entry_id FOREIGN KEY(agency_id, client_id, entry_id) REFERENCES ledger_entries (agency_id, client_id, id)
);

CREATE INDEX ix_remittance_entries__remittance ON remittance_entries (agency_id, remittance_id);

CREATE TABLE agreements (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    number TEXT NOT NULL,
    case_id UUID NOT NULL,
    state TEXT NOT NULL,
    currency TEXT NOT NULL,
    balance BIGINT NOT NULL,
    total BIGINT NOT NULL,
    discount BIGINT NOT NULL,
    discount_bp BIGINT NOT NULL,
    grace_days BIGINT NOT NULL,
    contract_version BIGINT NOT NULL,
    approval_reasons JSONB NOT NULL,
    approved_by TEXT NOT NULL,
    approved_at TIMESTAMP WITH TIME ZONE,
    refusal TEXT NOT NULL,
    offered_at TIMESTAMP WITH TIME ZONE,
    offered_by TEXT NOT NULL,
    offered_by_kind TEXT NOT NULL,
    expires_on DATE NOT NULL,
    accepted_at TIMESTAMP WITH TIME ZONE,
    accepted_on DATE,
    evidence JSONB NOT NULL,
    file_id UUID,
    file_sha256 TEXT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_agreements PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_agreements__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT uq_agreements__agency_id_number UNIQUE (agency_id, number),
    CONSTRAINT ck_agreements__amounts CHECK (total > 0 AND discount >= 0),
    CONSTRAINT ck_agreements__state CHECK (state IN ('awaiting_approval', 'offered', 'accepted', 'active', 'completed', 'broken', 'refused', 'declined', 'cancelled')),
    CONSTRAINT fk_agreements__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_agreements__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_agreements__case ON agreements (agency_id, case_id);

CREATE INDEX ix_agreements__state ON agreements (agency_id, state);

CREATE TABLE calls (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    contact_point_id UUID,
    decision_id UUID,
    by TEXT NOT NULL,
    by_id UUID,
    started_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    incoming BOOLEAN DEFAULT false NOT NULL,
    caller TEXT DEFAULT '' NOT NULL,
    duration_s BIGINT NOT NULL,
    outcome TEXT NOT NULL,
    note TEXT NOT NULL,
    CONSTRAINT pk_calls PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_calls__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_calls__agency_id_client_id_contact_point_id FOREIGN KEY(agency_id, client_id, contact_point_id) REFERENCES contact_points (agency_id, client_id, id),
    CONSTRAINT ck_calls__duration CHECK (duration_s >= 0),
    CONSTRAINT ck_calls__point CHECK (incoming OR contact_point_id IS NOT NULL),
    CONSTRAINT ck_calls__caller CHECK (incoming = (caller <> '')),
    CONSTRAINT fk_calls__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_calls__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_calls__caller ON calls (agency_id, by_id, started_at DESC);

CREATE INDEX ix_calls__case ON calls (agency_id, case_id);

CREATE TABLE case_balances (
    agency_id UUID NOT NULL,
    case_id UUID NOT NULL,
    currency TEXT NOT NULL,
    client_id UUID NOT NULL,
    placed BIGINT NOT NULL,
    balance BIGINT NOT NULL,
    debt_count BIGINT NOT NULL,
    oldest_due_on DATE,
    CONSTRAINT pk_case_balances PRIMARY KEY (agency_id, case_id, currency),
    CONSTRAINT fk_case_balances__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id) NOT ENFORCED
);

CREATE TABLE case_events (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    details JSONB NOT NULL,
    tone TEXT NOT NULL,
    actor TEXT NOT NULL,
    actor_kind TEXT NOT NULL,
    ref_table TEXT NOT NULL,
    ref_id UUID,
    visibility TEXT NOT NULL,
    CONSTRAINT pk_case_events PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_case_events__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id) NOT ENFORCED,
    CONSTRAINT ck_case_events__visibility CHECK (visibility IN ('staff', 'client', 'debtor')),
    CONSTRAINT uq_case_events__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_case_events__case ON case_events (agency_id, case_id, at DESC);

CREATE INDEX ix_case_events__recent ON case_events (agency_id, client_id, at DESC);

CREATE TABLE case_moves (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    move TEXT NOT NULL,
    from_stage TEXT NOT NULL,
    to_stage TEXT NOT NULL,
    why TEXT NOT NULL,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_case_moves PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_case_moves__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_case_moves__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_case_moves__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_case_moves__case ON case_moves (agency_id, case_id);

CREATE TABLE case_notes (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    case_id UUID NOT NULL,
    text TEXT NOT NULL,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_case_notes PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_case_notes__agency_id_case_id FOREIGN KEY(agency_id, case_id) REFERENCES cases (agency_id, id)
);

CREATE INDEX ix_case_notes__case ON case_notes (agency_id, case_id);

CREATE TABLE case_strategies (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    strategy_id UUID NOT NULL,
    step BIGINT NOT NULL,
    step_since TIMESTAMP WITH TIME ZONE NOT NULL,
    entered_at TIMESTAMP WITH TIME ZONE NOT NULL,
    rests TEXT NOT NULL,
    ended TEXT NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    decision_id UUID,
    quiet_until TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_case_strategies PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_case_strategies__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_case_strategies__agency_id_strategy_id FOREIGN KEY(agency_id, strategy_id) REFERENCES strategies (agency_id, id),
    CONSTRAINT uq_case_strategies__agency_id_client_id_case_id UNIQUE (agency_id, client_id, case_id),
    CONSTRAINT fk_case_strategies__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_case_strategies__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_case_strategies__resting ON case_strategies (agency_id, case_id) WHERE rests <> '';

CREATE INDEX ix_case_strategies__strategy ON case_strategies (agency_id, strategy_id, step);

CREATE TABLE checkouts (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    description TEXT NOT NULL,
    state TEXT NOT NULL,
    session_id TEXT NOT NULL,
    url TEXT NOT NULL,
    payment_intent TEXT NOT NULL,
    card TEXT NOT NULL,
    dispute TEXT NOT NULL,
    payment_id UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
    checked_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_checkouts PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_checkouts__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT ck_checkouts__amount CHECK (amount > 0),
    CONSTRAINT ck_checkouts__state CHECK (state IN ('intended', 'open', 'processing', 'expired', 'failed', 'paid')),
    CONSTRAINT fk_checkouts__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_checkouts__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_checkouts__case ON checkouts (agency_id, case_id);

CREATE INDEX ix_checkouts__intent ON checkouts (payment_intent) WHERE payment_intent <> '';

CREATE INDEX ix_checkouts__waiting ON checkouts (agency_id, asked_at) WHERE state IN ('intended', 'open', 'processing');

CREATE TABLE debtor_links (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    debtor_id UUID NOT NULL,
    token_sha256 TEXT NOT NULL,
    purposes TEXT[] NOT NULL,
    channel TEXT NOT NULL,
    contact_point_id UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    tries BIGINT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE,
    dead_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_debtor_links PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_debtor_links__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_debtor_links__agency_id_client_id_debtor_id FOREIGN KEY(agency_id, client_id, debtor_id) REFERENCES debtors (agency_id, client_id, id),
    CONSTRAINT fk_debtor_links__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_debtor_links__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_debtor_links__case ON debtor_links (agency_id, case_id);

CREATE INDEX ix_debtor_links__token ON debtor_links (token_sha256);

CREATE TABLE debtor_merges (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    survivor_id UUID NOT NULL,
    other_id UUID NOT NULL,
    survivor_case_id UUID NOT NULL,
    other_case_id UUID NOT NULL,
    reason TEXT NOT NULL,
    moved JSONB NOT NULL,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    undone_at TIMESTAMP WITH TIME ZONE,
    undone_by TEXT NOT NULL,
    undo_reason TEXT NOT NULL,
    CONSTRAINT pk_debtor_merges PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_debtor_merges__agency_id_client_id_survivor_id FOREIGN KEY(agency_id, client_id, survivor_id) REFERENCES debtors (agency_id, client_id, id),
    CONSTRAINT fk_debtor_merges__agency_id_client_id_other_id FOREIGN KEY(agency_id, client_id, other_id) REFERENCES debtors (agency_id, client_id, id),
    CONSTRAINT fk_debtor_merges__agency_id_client_id_survivor_case_id FOREIGN KEY(agency_id, client_id, survivor_case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_debtor_merges__agency_id_client_id_other_case_id FOREIGN KEY(agency_id, client_id, other_case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT ck_debtor_merges__two CHECK (survivor_id <> other_id),
    CONSTRAINT uq_debtor_merges__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_debtor_merges__other ON debtor_merges (agency_id, other_case_id);

CREATE INDEX ix_debtor_merges__recent ON debtor_merges (agency_id, at DESC);

CREATE INDEX ix_debtor_merges__survivor ON debtor_merges (agency_id, survivor_case_id);

CREATE TABLE debtor_sessions (
    agency_id UUID NOT NULL,
    id_sha256 TEXT NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    link_id UUID NOT NULL,
    fact TEXT NOT NULL,
    name TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_debtor_sessions PRIMARY KEY (agency_id, id_sha256),
    CONSTRAINT fk_debtor_sessions__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id)
);

CREATE TABLE debts (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    debtor_id UUID NOT NULL,
    placement_id UUID,
    placement_line BIGINT,
    reference TEXT NOT NULL,
    reference_norm TEXT NOT NULL,
    seller_norm TEXT NOT NULL,
    uuid TEXT NOT NULL,
    kind TEXT NOT NULL,
    issued_on DATE,
    due_on DATE NOT NULL,
    currency TEXT NOT NULL,
    original BIGINT NOT NULL,
    balance BIGINT NOT NULL,
    state TEXT NOT NULL,
    disputed BOOLEAN NOT NULL,
    concept TEXT NOT NULL,
    extra JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_debts PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_debts__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id) NOT ENFORCED,
    CONSTRAINT fk_debts__agency_id_client_id_debtor_id FOREIGN KEY(agency_id, client_id, debtor_id) REFERENCES debtors (agency_id, client_id, id) NOT ENFORCED,
    CONSTRAINT uq_debts__agency_id_client_id_reference_norm_seller_norm UNIQUE (agency_id, client_id, reference_norm, seller_norm),
    CONSTRAINT ck_debts__state CHECK (state IN ('open', 'paid', 'recalled', 'settled')),
    CONSTRAINT ck_debts__amounts CHECK (balance >= 0 AND original > 0),
    CONSTRAINT uq_debts__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_debts__case ON debts (agency_id, case_id);

CREATE INDEX ix_debts__original ON debts (agency_id, original);

CREATE INDEX ix_debts__placement ON debts (agency_id, placement_id);

CREATE INDEX ix_debts__reference ON debts (agency_id, reference_norm text_pattern_ops);

CREATE INDEX ix_debts__uuid ON debts (agency_id, client_id, uuid) WHERE uuid <> '';

CREATE TABLE decisions (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    debtor_id UUID NOT NULL,
    contact_point_id UUID,
    moment TEXT NOT NULL,
    channel TEXT NOT NULL,
    purpose TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    verdict TEXT NOT NULL,
    until TIMESTAMP WITH TIME ZONE,
    failed TEXT[] NOT NULL,
    overridden TEXT[] NOT NULL,
    pack_id TEXT NOT NULL,
    pack_version TEXT NOT NULL,
    pack_digest TEXT NOT NULL,
    hash TEXT NOT NULL,
    record JSONB NOT NULL,
    asked_by TEXT NOT NULL,
    CONSTRAINT pk_decisions PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_decisions__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_decisions__agency_id_client_id_debtor_id FOREIGN KEY(agency_id, client_id, debtor_id) REFERENCES debtors (agency_id, client_id, id),
    CONSTRAINT ck_decisions__verdict CHECK (verdict IN ('allow', 'wait', 'deny')),
    CONSTRAINT ck_decisions__moment CHECK (moment IN ('planned', 'sending')),
    CONSTRAINT ck_decisions__failed CHECK (verdict = 'allow' OR cardinality(failed) > 0),
    CONSTRAINT fk_decisions__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_decisions__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_decisions__at ON decisions (agency_id, at DESC, id DESC) INCLUDE (client_id, case_id, moment, channel, verdict, until, asked_by);

CREATE INDEX ix_decisions__case ON decisions (agency_id, case_id, at DESC);

CREATE TABLE matters (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    number TEXT NOT NULL,
    case_id UUID NOT NULL,
    counsel_id UUID,
    counsel_name TEXT NOT NULL,
    state TEXT NOT NULL,
    stage TEXT NOT NULL,
    court TEXT NOT NULL,
    file_no TEXT NOT NULL,
    route TEXT NOT NULL,
    claim BIGINT NOT NULL,
    currency TEXT NOT NULL,
    missing JSONB NOT NULL,
    dossier_file_id UUID,
    proposed_at TIMESTAMP WITH TIME ZONE NOT NULL,
    proposed_by TEXT NOT NULL,
    answered_at TIMESTAMP WITH TIME ZONE,
    return_reason TEXT NOT NULL,
    CONSTRAINT pk_matters PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_matters__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT uq_matters__agency_id_number UNIQUE (agency_id, number),
    CONSTRAINT ck_matters__state CHECK (state IN ('proposed', 'accepted', 'returned', 'closed')),
    CONSTRAINT fk_matters__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_matters__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_matters__case ON matters (agency_id, case_id);

CREATE INDEX ix_matters__counsel ON matters (agency_id, counsel_id);

CREATE TABLE notices (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    contact_point_id UUID NOT NULL,
    channel TEXT NOT NULL,
    template TEXT NOT NULL,
    locale TEXT NOT NULL,
    purpose TEXT NOT NULL,
    address TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    subject TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    calculated_on DATE NOT NULL,
    extra JSONB NOT NULL,
    tries BIGINT NOT NULL,
    strategy_id UUID,
    step BIGINT,
    decision_id UUID,
    attempt_id UUID,
    link_id UUID,
    batch_id UUID,
    file_id UUID,
    file_sha256 TEXT NOT NULL,
    proof TEXT NOT NULL,
    by TEXT NOT NULL,
    by_id UUID,
    queued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    due_at TIMESTAMP WITH TIME ZONE NOT NULL,
    sending_at TIMESTAMP WITH TIME ZONE,
    sent_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_notices PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_notices__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_notices__agency_id_client_id_contact_point_id FOREIGN KEY(agency_id, client_id, contact_point_id) REFERENCES contact_points (agency_id, client_id, id),
    CONSTRAINT fk_notices__agency_id_batch_id FOREIGN KEY(agency_id, batch_id) REFERENCES print_batches (agency_id, id),
    CONSTRAINT ck_notices__channel CHECK (channel IN ('email', 'letter')),
    CONSTRAINT ck_notices__state CHECK (state IN ('queued', 'held', 'sending', 'sent', 'delivered', 'bounced', 'unknown', 'failed', 'printed', 'cancelled')),
    CONSTRAINT fk_notices__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_notices__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_notices__batch ON notices (agency_id, batch_id) WHERE batch_id IS NOT NULL;

CREATE INDEX ix_notices__case ON notices (agency_id, case_id, queued_at DESC);

CREATE INDEX ix_notices__pending ON notices (agency_id, due_at) WHERE state IN ('queued', 'held', 'sending');

CREATE INDEX ix_notices__recent ON notices (agency_id, queued_at DESC, id);

CREATE INDEX ix_notices__state ON notices (agency_id, state, queued_at DESC);

CREATE TABLE payments (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    number TEXT NOT NULL,
    key TEXT NOT NULL,
    case_id UUID NOT NULL,
    direction TEXT NOT NULL,
    method TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    applied BIGINT NOT NULL,
    unapplied BIGINT NOT NULL,
    received_on DATE NOT NULL,
    reference TEXT NOT NULL,
    state TEXT NOT NULL,
    rule_id TEXT NOT NULL,
    because TEXT NOT NULL,
    receipt_words TEXT NOT NULL,
    entry_id UUID,
    excess_entry_id UUID,
    reversal_entry_id UUID,
    reversed_on DATE,
    reversed_at TIMESTAMP WITH TIME ZONE,
    reversed_by TEXT NOT NULL,
    reversal_reason TEXT NOT NULL,
    checkout_id UUID,
    receipt_file_id UUID,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by TEXT NOT NULL,
    CONSTRAINT pk_payments PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_payments__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT uq_payments__agency_id_key UNIQUE (agency_id, key),
    CONSTRAINT uq_payments__agency_id_number UNIQUE (agency_id, number),
    CONSTRAINT ck_payments__direction CHECK (direction IN ('to_agency', 'to_client', 'to_counsel')),
    CONSTRAINT ck_payments__method CHECK (method IN ('transfer', 'card', 'cash', 'deposit', 'check', 'other')),
    CONSTRAINT ck_payments__state CHECK (state IN ('posted', 'reversed')),
    CONSTRAINT ck_payments__reversed CHECK ((state = 'reversed') = (reversed_on IS NOT NULL)),
    CONSTRAINT ck_payments__amounts CHECK (amount > 0 AND applied >= 0 AND unapplied >= 0 AND applied + unapplied = amount),
    CONSTRAINT fk_payments__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_payments__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_payments__amount ON payments (agency_id, amount);

CREATE INDEX ix_payments__case ON payments (agency_id, case_id);

CREATE INDEX ix_payments__client ON payments (agency_id, client_id, received_on);

CREATE INDEX ix_payments__day ON payments (agency_id, received_on DESC, id DESC);

CREATE TABLE promises (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    due_on DATE NOT NULL,
    grace_days BIGINT NOT NULL,
    state TEXT NOT NULL,
    paid BIGINT NOT NULL,
    note TEXT NOT NULL,
    made_on DATE NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    made_by TEXT NOT NULL,
    made_by_kind TEXT NOT NULL,
    made_by_id UUID,
    settled_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_promises PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_promises__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT ck_promises__amount CHECK (amount > 0),
    CONSTRAINT ck_promises__state CHECK (state IN ('pending', 'kept', 'partly_kept', 'broken', 'cancelled')),
    CONSTRAINT fk_promises__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_promises__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_promises__case ON promises (agency_id, case_id);

CREATE INDEX ix_promises__pending ON promises (agency_id, due_on) WHERE state = 'pending';

CREATE TABLE commission_lines (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    payment_id UUID NOT NULL,
    entry_id UUID NOT NULL,
    position BIGINT NOT NULL,
    rule_id TEXT NOT NULL,
    rule_label TEXT NOT NULL,
    contract_version BIGINT NOT NULL,
    currency TEXT NOT NULL,
    base BIGINT NOT NULL,
    steps JSONB NOT NULL,
    how TEXT NOT NULL,
    cap BIGINT,
    minimum BIGINT,
    commission BIGINT NOT NULL,
    tax_name TEXT NOT NULL,
    tax_bp BIGINT NOT NULL,
    tax BIGINT NOT NULL,
    inputs JSONB NOT NULL,
    reverses UUID,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_commission_lines PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_commission_lines__agency_id_client_id_payment_id FOREIGN KEY(agency_id, client_id, payment_id) REFERENCES payments (agency_id, client_id, id),
    CONSTRAINT fk_commission_lines__agency_id_client_id_entry_id FOREIGN KEY(agency_id, client_id, entry_id) REFERENCES ledger_entries (agency_id, client_id, id),
    CONSTRAINT fk_commission_lines__agency_id_client_id_reverses FOREIGN KEY(agency_id, client_id, reverses) REFERENCES commission_lines (agency_id, client_id, id),
    CONSTRAINT uq_commission_lines__agency_id_reverses UNIQUE (agency_id, reverses),
    CONSTRAINT ck_commission_lines__sign CHECK ((commission >= 0) = (reverses IS NULL) OR commission = 0),
    CONSTRAINT fk_commission_lines__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_commission_lines__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_commission_lines__entry ON commission_lines (agency_id, entry_id);

CREATE INDEX ix_commission_lines__payment ON commission_lines (agency_id, payment_id);

CREATE TABLE contact_attempts (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    debtor_id UUID NOT NULL,
    contact_point_id UUID,
    decision_id UUID,
    person_key TEXT NOT NULL,
    channel TEXT NOT NULL,
    purpose TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    conversation BOOLEAN NOT NULL,
    connected BOOLEAN DEFAULT true NOT NULL,
    workplace BOOLEAN DEFAULT false NOT NULL,
    prerecorded BOOLEAN DEFAULT false NOT NULL,
    incoming BOOLEAN DEFAULT false NOT NULL,
    voided_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_contact_attempts PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_contact_attempts__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_contact_attempts__agency_id_client_id_debtor_id FOREIGN KEY(agency_id, client_id, debtor_id) REFERENCES debtors (agency_id, client_id, id),
    CONSTRAINT fk_contact_attempts__agency_id_client_id_decision_id FOREIGN KEY(agency_id, client_id, decision_id) REFERENCES decisions (agency_id, client_id, id),
    CONSTRAINT fk_contact_attempts__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_contact_attempts__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_contact_attempts__at ON contact_attempts (agency_id, at DESC);

CREATE INDEX ix_contact_attempts__case ON contact_attempts (agency_id, case_id, at DESC);

CREATE INDEX ix_contact_attempts__ever ON contact_attempts (agency_id, person_key) WHERE purpose IN ('locate', 'confirm_stop');

CREATE INDEX ix_contact_attempts__person ON contact_attempts (agency_id, person_key, at DESC);

CREATE TABLE debt_components (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    debt_id UUID NOT NULL,
    kind TEXT NOT NULL,
    charged BIGINT NOT NULL,
    owed BIGINT NOT NULL,
    forgiven BIGINT NOT NULL,
    CONSTRAINT pk_debt_components PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_debt_components__agency_id_client_id_debt_id FOREIGN KEY(agency_id, client_id, debt_id) REFERENCES debts (agency_id, client_id, id) NOT ENFORCED,
    CONSTRAINT uq_debt_components__agency_id_debt_id_kind UNIQUE (agency_id, debt_id, kind),
    CONSTRAINT ck_debt_components__kind CHECK (kind IN ('principal', 'contractual_interest', 'default_interest', 'tax', 'cost', 'fee')),
    CONSTRAINT ck_debt_components__owed CHECK (owed >= 0 AND forgiven >= 0),
    CONSTRAINT uq_debt_components__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE TABLE decision_rules (
    agency_id UUID NOT NULL,
    client_id UUID NOT NULL,
    decision_id UUID NOT NULL,
    rule TEXT NOT NULL,
    result TEXT NOT NULL,
    verdict TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_decision_rules PRIMARY KEY (agency_id, decision_id, rule),
    CONSTRAINT fk_decision_rules__agency_id_client_id_decision_id FOREIGN KEY(agency_id, client_id, decision_id) REFERENCES decisions (agency_id, client_id, id) NOT ENFORCED,
    CONSTRAINT ck_decision_rules__result CHECK (result IN ('failed', 'overridden'))
);

CREATE INDEX ix_decision_rules__rule ON decision_rules (agency_id, rule, at DESC, decision_id DESC);

CREATE TABLE files (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID,
    case_id UUID,
    debt_id UUID,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    visibility TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_files PRIMARY KEY (agency_id, id),
    CONSTRAINT uq_files__agency_id_client_id_id UNIQUE (agency_id, client_id, id),
    CONSTRAINT fk_files__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT fk_files__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_files__agency_id_client_id_debt_id FOREIGN KEY(agency_id, client_id, debt_id) REFERENCES debts (agency_id, client_id, id),
    CONSTRAINT ck_files__case CHECK (case_id IS NULL OR client_id IS NOT NULL),
    CONSTRAINT ck_files__debt CHECK (debt_id IS NULL OR case_id IS NOT NULL),
    CONSTRAINT ck_files__visibility CHECK (visibility IN ('staff', 'client', 'debtor')),
    CONSTRAINT fk_files__agency_id FOREIGN KEY(agency_id) REFERENCES agencies (agency_id)
);

CREATE INDEX ix_files__case ON files (agency_id, case_id);

CREATE TABLE instalments (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    agreement_id UUID NOT NULL,
    position BIGINT NOT NULL,
    due_on DATE NOT NULL,
    amount BIGINT NOT NULL,
    paid BIGINT NOT NULL,
    paid_on DATE,
    CONSTRAINT pk_instalments PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_instalments__agency_id_client_id_agreement_id FOREIGN KEY(agency_id, client_id, agreement_id) REFERENCES agreements (agency_id, client_id, id),
    CONSTRAINT uq_instalments__agency_id_agreement_id_position UNIQUE (agency_id, agreement_id, position),
    CONSTRAINT ck_instalments__amounts CHECK (amount > 0 AND paid >= 0 AND paid <= amount),
    CONSTRAINT fk_instalments__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_instalments__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE TABLE matter_costs (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    matter_id UUID NOT NULL,
    concept TEXT NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    spent_on DATE NOT NULL,
    recoverable BOOLEAN NOT NULL,
    entry_id UUID,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_matter_costs PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_matter_costs__agency_id_client_id_matter_id FOREIGN KEY(agency_id, client_id, matter_id) REFERENCES matters (agency_id, client_id, id),
    CONSTRAINT ck_matter_costs__amount CHECK (amount > 0),
    CONSTRAINT fk_matter_costs__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_matter_costs__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_matter_costs__matter ON matter_costs (agency_id, matter_id);

CREATE TABLE matter_deadlines (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    matter_id UUID NOT NULL,
    title TEXT NOT NULL,
    due_on DATE NOT NULL,
    counted TEXT NOT NULL,
    done_at TIMESTAMP WITH TIME ZONE,
    done_note TEXT NOT NULL,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_matter_deadlines PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_matter_deadlines__agency_id_client_id_matter_id FOREIGN KEY(agency_id, client_id, matter_id) REFERENCES matters (agency_id, client_id, id),
    CONSTRAINT fk_matter_deadlines__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_matter_deadlines__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_matter_deadlines__due ON matter_deadlines (agency_id, due_on);

CREATE TABLE matter_stages (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    matter_id UUID NOT NULL,
    stage TEXT NOT NULL,
    "on" DATE NOT NULL,
    note TEXT NOT NULL,
    by TEXT NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_matter_stages PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_matter_stages__agency_id_client_id_matter_id FOREIGN KEY(agency_id, client_id, matter_id) REFERENCES matters (agency_id, client_id, id),
    CONSTRAINT fk_matter_stages__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_matter_stages__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_matter_stages__matter ON matter_stages (agency_id, matter_id);

CREATE TABLE payment_allocations (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    payment_id UUID NOT NULL,
    case_id UUID NOT NULL,
    debt_id UUID NOT NULL,
    component TEXT NOT NULL,
    amount BIGINT NOT NULL,
    CONSTRAINT pk_payment_allocations PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_payment_allocations__agency_id_client_id_payment_id FOREIGN KEY(agency_id, client_id, payment_id) REFERENCES payments (agency_id, client_id, id),
    CONSTRAINT fk_payment_allocations__agency_id_client_id_debt_id FOREIGN KEY(agency_id, client_id, debt_id) REFERENCES debts (agency_id, client_id, id),
    CONSTRAINT fk_payment_allocations__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT ck_payment_allocations__amount CHECK (amount > 0),
    CONSTRAINT fk_payment_allocations__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_payment_allocations__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_payment_allocations__debt ON payment_allocations (agency_id, debt_id);

CREATE INDEX ix_payment_allocations__payment ON payment_allocations (agency_id, payment_id);

CREATE TABLE validation_notices (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    debtor_id UUID NOT NULL,
    notice_id UUID,
    channel TEXT NOT NULL,
    provided_on DATE NOT NULL,
    assumed_receipt_on DATE,
    period_ends_on DATE,
    pack_id TEXT NOT NULL,
    pack_version TEXT NOT NULL,
    rule_id TEXT NOT NULL,
    by TEXT NOT NULL,
    noted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_validation_notices PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_validation_notices__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_validation_notices__agency_id_client_id_debtor_id FOREIGN KEY(agency_id, client_id, debtor_id) REFERENCES debtors (agency_id, client_id, id),
    CONSTRAINT fk_validation_notices__agency_id_client_id_notice_id FOREIGN KEY(agency_id, client_id, notice_id) REFERENCES notices (agency_id, client_id, id),
    CONSTRAINT fk_validation_notices__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_validation_notices__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_validation_notices__case ON validation_notices (agency_id, case_id, provided_on DESC);

CREATE TABLE case_flags (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
    opened_by TEXT NOT NULL,
    opened_by_kind TEXT NOT NULL,
    since DATE,
    expires_on DATE,
    evidence_file_id UUID,
    closed_at TIMESTAMP WITH TIME ZONE,
    closed_by TEXT NOT NULL,
    outcome TEXT NOT NULL,
    CONSTRAINT pk_case_flags PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_case_flags__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_case_flags__agency_id_client_id_evidence_file_id FOREIGN KEY(agency_id, client_id, evidence_file_id) REFERENCES files (agency_id, client_id, id),
    CONSTRAINT ck_case_flags__kind CHECK (kind IN ('dispute', 'complaint', 'hardship', 'hold', 'breathing_space', 'pleads_barred')),
    CONSTRAINT ck_case_flags__since CHECK (expires_on >= since),
    CONSTRAINT fk_case_flags__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_case_flags__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_case_flags__open ON case_flags (agency_id, case_id) WHERE closed_at IS NULL;

CREATE TABLE consent_events (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    debtor_id UUID NOT NULL,
    kind TEXT NOT NULL,
    channel TEXT NOT NULL,
    scope TEXT DEFAULT '' NOT NULL,
    contact_point_id UUID,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    until DATE,
    how TEXT NOT NULL,
    person TEXT DEFAULT '' NOT NULL,
    words TEXT NOT NULL,
    evidence_file_id UUID,
    recording TEXT DEFAULT '' NOT NULL,
    details JSONB DEFAULT '{}' NOT NULL,
    ends_id UUID,
    by TEXT NOT NULL,
    noted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_consent_events PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_consent_events__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_consent_events__agency_id_client_id_debtor_id FOREIGN KEY(agency_id, client_id, debtor_id) REFERENCES debtors (agency_id, client_id, id),
    CONSTRAINT fk_consent_events__agency_id_client_id_contact_point_id FOREIGN KEY(agency_id, client_id, contact_point_id) REFERENCES contact_points (agency_id, client_id, id),
    CONSTRAINT fk_consent_events__agency_id_client_id_evidence_file_id FOREIGN KEY(agency_id, client_id, evidence_file_id) REFERENCES files (agency_id, client_id, id),
    CONSTRAINT ck_consent_events__kind CHECK (kind IN ('stop', 'resume', 'asked', 'grant', 'withdraw', 'inconvenient', 'lawyer', 'employer', 'ended', 'taken_back')),
    CONSTRAINT ck_consent_events__ended CHECK ((kind = 'ended') = (ends_id IS NOT NULL)),
    CONSTRAINT fk_consent_events__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_consent_events__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_consent_events__debtor ON consent_events (agency_id, debtor_id, at);

CREATE TABLE contact_tokens (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    debtor_id UUID NOT NULL,
    decision_id UUID NOT NULL,
    attempt_id UUID NOT NULL,
    channel TEXT NOT NULL,
    token_sha256 TEXT NOT NULL,
    issued_at TIMESTAMP WITH TIME ZONE NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    issued_to TEXT NOT NULL,
    returned_at TIMESTAMP WITH TIME ZONE,
    outcome TEXT NOT NULL,
    connected BOOLEAN,
    conversation BOOLEAN NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_contact_tokens PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_contact_tokens__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_contact_tokens__agency_id_client_id_debtor_id FOREIGN KEY(agency_id, client_id, debtor_id) REFERENCES debtors (agency_id, client_id, id),
    CONSTRAINT fk_contact_tokens__agency_id_client_id_decision_id FOREIGN KEY(agency_id, client_id, decision_id) REFERENCES decisions (agency_id, client_id, id),
    CONSTRAINT fk_contact_tokens__agency_id_client_id_attempt_id FOREIGN KEY(agency_id, client_id, attempt_id) REFERENCES contact_attempts (agency_id, client_id, id),
    CONSTRAINT uq_contact_tokens__agency_id_token_sha256 UNIQUE (agency_id, token_sha256),
    CONSTRAINT ck_contact_tokens__outcome CHECK (outcome IN ('', 'made', 'not_made')),
    CONSTRAINT ck_contact_tokens__returned CHECK ((outcome = '') = (returned_at IS NULL)),
    CONSTRAINT ck_contact_tokens__expires CHECK (expires_at > issued_at),
    CONSTRAINT fk_contact_tokens__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_contact_tokens__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_contact_tokens__case ON contact_tokens (agency_id, case_id);

CREATE TABLE intake_mails (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    source_id UUID NOT NULL,
    message_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    subject TEXT NOT NULL,
    file_id UUID NOT NULL,
    state TEXT NOT NULL,
    answer TEXT NOT NULL,
    skipped TEXT[] NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_intake_mails PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_intake_mails__agency_id_client_id_source_id FOREIGN KEY(agency_id, client_id, source_id) REFERENCES intake_sources (agency_id, client_id, id),
    CONSTRAINT uq_intake_mails__agency_id_source_id_message_id UNIQUE (agency_id, source_id, message_id),
    CONSTRAINT fk_intake_mails__agency_id_client_id_file_id FOREIGN KEY(agency_id, client_id, file_id) REFERENCES files (agency_id, client_id, id),
    CONSTRAINT ck_intake_mails__state CHECK (state IN ('waiting', 'read')),
    CONSTRAINT ck_intake_mails__answer CHECK (answer IN ('none', 'waiting', 'sent', 'refused', 'unknown')),
    CONSTRAINT fk_intake_mails__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_intake_mails__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE TABLE placements (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    number TEXT NOT NULL,
    kind TEXT NOT NULL,
    source TEXT NOT NULL,
    state TEXT NOT NULL,
    file_id UUID NOT NULL,
    file_name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    as_of DATE NOT NULL,
    layout JSONB NOT NULL,
    mapping JSONB NOT NULL,
    readings JSONB NOT NULL,
    options JSONB NOT NULL,
    declared JSONB NOT NULL,
    counts JSONB NOT NULL,
    totals JSONB NOT NULL,
    overdue JSONB NOT NULL,
    first JSONB NOT NULL,
    row_count BIGINT NOT NULL,
    done BIGINT NOT NULL,
    left_lines JSONB NOT NULL,
    failure JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE NOT NULL,
    created_by TEXT NOT NULL,
    committed_at TIMESTAMP WITH TIME ZONE,
    committed_by TEXT NOT NULL,
    committed_by_kind TEXT NOT NULL,
    acknowledgement_file_id UUID,
    acknowledgement_data_id UUID,
    undone_at TIMESTAMP WITH TIME ZONE,
    undone_by TEXT NOT NULL,
    undone JSONB NOT NULL,
    confirmed JSONB NOT NULL,
    withdrawn JSONB NOT NULL,
    CONSTRAINT pk_placements PRIMARY KEY (agency_id, id),
    CONSTRAINT uq_placements__agency_id_number UNIQUE (agency_id, number),
    CONSTRAINT uq_placements__agency_id_client_id_sha256_fingerprint UNIQUE (agency_id, client_id, sha256, fingerprint),
    CONSTRAINT fk_placements__agency_id_client_id_file_id FOREIGN KEY(agency_id, client_id, file_id) REFERENCES files (agency_id, client_id, id),
    CONSTRAINT ck_placements__state CHECK (state IN ('uploaded', 'previewed', 'committing', 'committed', 'failed', 'undone', 'discarded')),
    CONSTRAINT ck_placements__kind CHECK (kind IN ('placement', 'financial', 'maintenance', 'recall', 'consent', 'documents')),
    CONSTRAINT ck_placements__source CHECK (source IN ('page', 'paste', 'command', 'api', 'folder', 'email')),
    CONSTRAINT fk_placements__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_placements__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_placements__client ON placements (agency_id, client_id, created_at DESC);

CREATE TABLE complaints (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    number TEXT NOT NULL,
    case_id UUID NOT NULL,
    debtor_id UUID NOT NULL,
    flag_id UUID,
    state TEXT NOT NULL,
    regulator TEXT NOT NULL,
    reference TEXT NOT NULL,
    received_on DATE NOT NULL,
    topics TEXT[] NOT NULL,
    words TEXT NOT NULL,
    due_on DATE,
    due_rule TEXT NOT NULL,
    answered_on DATE,
    answer TEXT NOT NULL,
    answer_file_id UUID,
    outcome TEXT NOT NULL,
    closed_at TIMESTAMP WITH TIME ZONE,
    recorded_at TIMESTAMP WITH TIME ZONE NOT NULL,
    recorded_by TEXT NOT NULL,
    CONSTRAINT pk_complaints PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_complaints__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_complaints__agency_id_client_id_debtor_id FOREIGN KEY(agency_id, client_id, debtor_id) REFERENCES debtors (agency_id, client_id, id),
    CONSTRAINT fk_complaints__agency_id_client_id_flag_id FOREIGN KEY(agency_id, client_id, flag_id) REFERENCES case_flags (agency_id, client_id, id),
    CONSTRAINT fk_complaints__agency_id_client_id_answer_file_id FOREIGN KEY(agency_id, client_id, answer_file_id) REFERENCES files (agency_id, client_id, id),
    CONSTRAINT uq_complaints__agency_id_number UNIQUE (agency_id, number),
    CONSTRAINT ck_complaints__state CHECK (state IN ('open', 'answered', 'closed')),
    CONSTRAINT ck_complaints__outcome CHECK ((state = 'closed') = (outcome <> '')),
    CONSTRAINT ck_complaints__answered CHECK (state <> 'answered' OR answered_on IS NOT NULL),
    CONSTRAINT fk_complaints__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_complaints__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_complaints__case ON complaints (agency_id, case_id);

CREATE INDEX ix_complaints__open ON complaints (agency_id, due_on) WHERE state <> 'closed';

CREATE TABLE disputes (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    debtor_id UUID NOT NULL,
    flag_id UUID NOT NULL,
    kind TEXT NOT NULL,
    medium TEXT NOT NULL,
    received_on DATE NOT NULL,
    debts TEXT[] NOT NULL,
    amount BIGINT,
    currency TEXT,
    words TEXT NOT NULL,
    verification_sent_on DATE,
    answered_on DATE,
    answer TEXT NOT NULL,
    answer_file_id UUID,
    noted_at TIMESTAMP WITH TIME ZONE NOT NULL,
    by TEXT NOT NULL,
    CONSTRAINT pk_disputes PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_disputes__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_disputes__agency_id_client_id_debtor_id FOREIGN KEY(agency_id, client_id, debtor_id) REFERENCES debtors (agency_id, client_id, id),
    CONSTRAINT fk_disputes__agency_id_client_id_flag_id FOREIGN KEY(agency_id, client_id, flag_id) REFERENCES case_flags (agency_id, client_id, id),
    CONSTRAINT fk_disputes__agency_id_client_id_answer_file_id FOREIGN KEY(agency_id, client_id, answer_file_id) REFERENCES files (agency_id, client_id, id),
    CONSTRAINT ck_disputes__medium CHECK (medium IN ('written', 'oral')),
    CONSTRAINT ck_disputes__amount CHECK ((amount IS NULL) = (currency IS NULL)),
    CONSTRAINT fk_disputes__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_disputes__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_disputes__case ON disputes (agency_id, case_id);

CREATE TABLE intake_arrivals (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    source_id UUID NOT NULL,
    mail_id UUID,
    placement_id UUID,
    origin TEXT NOT NULL,
    file_name TEXT NOT NULL,
    outcome TEXT NOT NULL,
    told JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_intake_arrivals PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_intake_arrivals__agency_id_client_id_source_id FOREIGN KEY(agency_id, client_id, source_id) REFERENCES intake_sources (agency_id, client_id, id),
    CONSTRAINT fk_intake_arrivals__agency_id_client_id_mail_id FOREIGN KEY(agency_id, client_id, mail_id) REFERENCES intake_mails (agency_id, client_id, id),
    CONSTRAINT fk_intake_arrivals__agency_id_client_id_placement_id FOREIGN KEY(agency_id, client_id, placement_id) REFERENCES placements (agency_id, client_id, id),
    CONSTRAINT uq_intake_arrivals__agency_id_source_id_origin UNIQUE (agency_id, source_id, origin),
    CONSTRAINT ck_intake_arrivals__outcome CHECK (outcome IN ('waiting', 'confirmed', 'earlier', 'nothing', 'refused')),
    CONSTRAINT fk_intake_arrivals__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_intake_arrivals__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_intake_arrivals__placement ON intake_arrivals (agency_id, placement_id);

CREATE INDEX ix_intake_arrivals__source ON intake_arrivals (agency_id, source_id, at DESC);

CREATE TABLE placement_effects (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    placement_id UUID NOT NULL,
    kind TEXT NOT NULL,
    case_id UUID,
    ref_id UUID NOT NULL,
    details JSONB NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_placement_effects PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_placement_effects__agency_id_client_id_placement_id FOREIGN KEY(agency_id, client_id, placement_id) REFERENCES placements (agency_id, client_id, id),
    CONSTRAINT ck_placement_effects__kind CHECK (kind IN ('recalled', 'paid', 'reversed', 'charged', 'credited', 'corrected', 'consented', 'attached', 'listed')),
    CONSTRAINT fk_placement_effects__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_placement_effects__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_placement_effects__placement ON placement_effects (agency_id, placement_id, case_id);

CREATE TABLE placement_fixes (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    placement_id UUID NOT NULL,
    line BIGINT NOT NULL,
    column_index BIGINT NOT NULL,
    "old" TEXT NOT NULL,
    "new" TEXT NOT NULL,
    made_at TIMESTAMP WITH TIME ZONE NOT NULL,
    made_by TEXT NOT NULL,
    CONSTRAINT pk_placement_fixes PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_placement_fixes__agency_id_client_id_placement_id FOREIGN KEY(agency_id, client_id, placement_id) REFERENCES placements (agency_id, client_id, id),
    CONSTRAINT ck_placement_fixes__place CHECK (line >= 0 AND column_index >= 0),
    CONSTRAINT fk_placement_fixes__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_placement_fixes__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_placement_fixes__placement ON placement_fixes (agency_id, placement_id, column_index, line);

CREATE TABLE placement_issues (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    placement_id UUID NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    line BIGINT NOT NULL,
    "column" TEXT NOT NULL,
    value TEXT NOT NULL,
    details JSONB NOT NULL,
    CONSTRAINT pk_placement_issues PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_placement_issues__agency_id_client_id_placement_id FOREIGN KEY(agency_id, client_id, placement_id) REFERENCES placements (agency_id, client_id, id),
    CONSTRAINT ck_placement_issues__kind CHECK (kind IN ('rejected', 'no_debt', 'held', 'warned', 'duplicate', 'conflict', 'decided')),
    CONSTRAINT fk_placement_issues__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_placement_issues__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_placement_issues__placement ON placement_issues (agency_id, placement_id, kind, line);

CREATE TABLE waiting_claims (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    placement_id UUID NOT NULL,
    line BIGINT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    uuid TEXT NOT NULL,
    number TEXT NOT NULL,
    seller_norm TEXT NOT NULL,
    buyer_norm TEXT NOT NULL,
    currency TEXT NOT NULL,
    amount BIGINT NOT NULL,
    on_day DATE NOT NULL,
    part BIGINT NOT NULL,
    declared BIGINT,
    document TEXT NOT NULL,
    state TEXT NOT NULL,
    met_by UUID,
    met_debt UUID,
    credited BIGINT NOT NULL,
    told JSONB NOT NULL,
    since TIMESTAMP WITH TIME ZONE NOT NULL,
    CONSTRAINT pk_waiting_claims PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_waiting_claims__agency_id_client_id_placement_id FOREIGN KEY(agency_id, client_id, placement_id) REFERENCES placements (agency_id, client_id, id),
    CONSTRAINT fk_waiting_claims__agency_id_client_id_met_by FOREIGN KEY(agency_id, client_id, met_by) REFERENCES placements (agency_id, client_id, id),
    CONSTRAINT uq_waiting_claims__agency_id_client_id_key UNIQUE (agency_id, client_id, key),
    CONSTRAINT ck_waiting_claims__kind CHECK (kind IN ('payment', 'credit')),
    CONSTRAINT ck_waiting_claims__state CHECK (state IN ('waiting', 'met', 'dropped')),
    CONSTRAINT fk_waiting_claims__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_waiting_claims__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_waiting_claims__waiting ON waiting_claims (agency_id, client_id, placement_id) WHERE state = 'waiting';

CREATE TABLE complaint_events (
    agency_id UUID NOT NULL,
    id UUID NOT NULL,
    client_id UUID NOT NULL,
    case_id UUID NOT NULL,
    complaint_id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    body TEXT NOT NULL,
    details JSONB NOT NULL,
    file_id UUID,
    by TEXT NOT NULL,
    CONSTRAINT pk_complaint_events PRIMARY KEY (agency_id, id),
    CONSTRAINT fk_complaint_events__agency_id_client_id_case_id FOREIGN KEY(agency_id, client_id, case_id) REFERENCES cases (agency_id, client_id, id),
    CONSTRAINT fk_complaint_events__agency_id_client_id_complaint_id FOREIGN KEY(agency_id, client_id, complaint_id) REFERENCES complaints (agency_id, client_id, id),
    CONSTRAINT fk_complaint_events__agency_id_client_id_file_id FOREIGN KEY(agency_id, client_id, file_id) REFERENCES files (agency_id, client_id, id),
    CONSTRAINT fk_complaint_events__agency_id_client_id FOREIGN KEY(agency_id, client_id) REFERENCES clients (agency_id, id),
    CONSTRAINT uq_complaint_events__agency_id_client_id_id UNIQUE (agency_id, client_id, id)
);

CREATE INDEX ix_complaint_events__complaint ON complaint_events (agency_id, complaint_id, at);
