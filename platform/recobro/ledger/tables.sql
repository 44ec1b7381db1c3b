-- What holds in the ledger whatever a program does. The runtime role owns none of this and cannot switch it off.

CREATE OR REPLACE FUNCTION ledger_open_balance() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO ledger_balances (agency_id, account_id, currency, kind, amount, version)
    VALUES (NEW.agency_id, NEW.id, NEW.currency, NEW.kind, 0, 0);
  RETURN NULL;
END $$;

-- An entry says by itself which transaction writes it: nobody may claim another.
CREATE OR REPLACE FUNCTION ledger_stamp() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.xid := pg_current_xact_id();
  RETURN NEW;
END $$;

-- Lines belong to an entry of this very transaction and to its client; then the balances move, locked in id order.
CREATE OR REPLACE FUNCTION ledger_apply() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  moved int;
  wanted int;
BEGIN
  IF EXISTS (SELECT FROM new_lines n LEFT JOIN ledger_entries e ON e.agency_id = n.agency_id AND e.id = n.entry_id
             WHERE e.xid IS DISTINCT FROM pg_current_xact_id()) THEN
    RAISE EXCEPTION 'the ledger entry is closed' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (SELECT FROM new_lines n
             JOIN ledger_entries e ON e.agency_id = n.agency_id AND e.id = n.entry_id
             JOIN ledger_accounts a ON a.agency_id = n.agency_id AND a.id = n.account_id
             WHERE a.client_id IS NOT NULL AND a.client_id IS DISTINCT FROM e.client_id) THEN
    RAISE EXCEPTION 'an entry cannot touch another client''s account' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  PERFORM FROM ledger_balances b
    WHERE (b.agency_id, b.account_id) IN (SELECT n.agency_id, n.account_id FROM new_lines n)
    ORDER BY b.agency_id, b.account_id FOR UPDATE;
  UPDATE ledger_balances b SET amount = b.amount + s.amount, version = b.version + 1
    FROM (SELECT n.agency_id, n.account_id, sum(n.amount) AS amount FROM new_lines n GROUP BY 1, 2) s
    WHERE b.agency_id = s.agency_id AND b.account_id = s.account_id;
  GET DIAGNOSTICS moved = ROW_COUNT;
  SELECT count(*) INTO wanted FROM (SELECT DISTINCT n.agency_id, n.account_id FROM new_lines n) d;
  IF moved <> wanted THEN
    RAISE EXCEPTION 'an account has no balance' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

-- At the end of the transaction: at least two lines, and zero per currency in each of the two books.
CREATE OR REPLACE FUNCTION ledger_check() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  entry uuid := CASE WHEN TG_TABLE_NAME = 'ledger_entries' THEN to_jsonb(NEW)->>'id' ELSE to_jsonb(NEW)->>'entry_id' END;
  lines int;
  off int;
BEGIN
  SELECT coalesce(sum(q.n), 0), count(*) FILTER (WHERE q.amount <> 0) INTO lines, off FROM (
    SELECT count(*) AS n, sum(p.amount) AS amount
    FROM ledger_postings p JOIN ledger_accounts a ON a.agency_id = p.agency_id AND a.id = p.account_id
    WHERE p.agency_id = NEW.agency_id AND p.entry_id = entry
    GROUP BY p.currency, a.book) q;
  IF lines < 2 OR off > 0 THEN
    RAISE EXCEPTION 'ledger entry % does not balance', entry USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NULL;
END $$;

-- Balances move only from inside another trigger: not even their owner edits them by hand.
CREATE OR REPLACE FUNCTION ledger_only_by_postings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF pg_trigger_depth() < 2 OR TG_OP = 'DELETE' THEN
    RAISE EXCEPTION 'a balance is the sum of its postings' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  RETURN NEW;
END $$;

-- Balances held until the end of the transaction, so that what is free can be read and used without a race.
CREATE OR REPLACE FUNCTION ledger_hold(p_agency uuid, p_accounts uuid[])
RETURNS TABLE (account_id uuid, amount bigint) LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF sec.agency('staff') IS DISTINCT FROM p_agency THEN
    RAISE EXCEPTION 'bad context' USING ERRCODE = '42501';
  END IF;
  RETURN QUERY SELECT b.account_id, b.amount FROM ledger_balances b
    WHERE b.agency_id = p_agency AND b.account_id = ANY (p_accounts) ORDER BY b.account_id FOR UPDATE;
END $$;

DROP TRIGGER IF EXISTS opens_balance ON ledger_accounts;
CREATE TRIGGER opens_balance AFTER INSERT ON ledger_accounts FOR EACH ROW EXECUTE FUNCTION ledger_open_balance();
DROP TRIGGER IF EXISTS stamps ON ledger_entries;
CREATE TRIGGER stamps BEFORE INSERT ON ledger_entries FOR EACH ROW EXECUTE FUNCTION ledger_stamp();
DROP TRIGGER IF EXISTS applies ON ledger_postings;
CREATE TRIGGER applies AFTER INSERT ON ledger_postings REFERENCING NEW TABLE AS new_lines
  FOR EACH STATEMENT EXECUTE FUNCTION ledger_apply();
DROP TRIGGER IF EXISTS balances ON ledger_entries;
CREATE CONSTRAINT TRIGGER balances AFTER INSERT ON ledger_entries DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION ledger_check();
DROP TRIGGER IF EXISTS balances ON ledger_postings;
CREATE CONSTRAINT TRIGGER balances AFTER INSERT ON ledger_postings DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION ledger_check();
DROP TRIGGER IF EXISTS only_by_postings ON ledger_balances;
CREATE TRIGGER only_by_postings BEFORE UPDATE OR DELETE ON ledger_balances
  FOR EACH ROW EXECUTE FUNCTION ledger_only_by_postings();
DROP TRIGGER IF EXISTS untruncated ON ledger_balances;
CREATE TRIGGER untruncated BEFORE TRUNCATE ON ledger_balances EXECUTE FUNCTION refuse_change();

DO $$
DECLARE t text;
BEGIN
  FOREACH t IN ARRAY ARRAY['ledger_accounts', 'ledger_entries', 'ledger_postings', 'ledger_bank_checks'] LOOP
    EXECUTE format('DROP TRIGGER IF EXISTS unchanging ON %I', t);
    EXECUTE format('CREATE TRIGGER unchanging BEFORE UPDATE OR DELETE ON %I FOR EACH ROW EXECUTE FUNCTION refuse_change()', t);
    EXECUTE format('DROP TRIGGER IF EXISTS untruncated ON %I', t);
    EXECUTE format('CREATE TRIGGER untruncated BEFORE TRUNCATE ON %I EXECUTE FUNCTION refuse_change()', t);
  END LOOP;
END $$;

REVOKE ALL ON FUNCTION ledger_open_balance(), ledger_stamp(), ledger_apply(), ledger_check(),
  ledger_only_by_postings(), ledger_hold(uuid, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ledger_hold(uuid, uuid[]) TO recobro_staff;
