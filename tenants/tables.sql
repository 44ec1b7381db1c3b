-- Numbers are given by the owner, so that nobody can read how far another's series has come or set one back.
CREATE OR REPLACE FUNCTION take_number(p_series text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  c text[] := sec.context();
  taken bigint;
BEGIN
  IF c IS NULL OR nullif(c[2], '') IS NULL THEN
    RAISE EXCEPTION 'bad context' USING ERRCODE = '42501';
  END IF;
  INSERT INTO number_series AS s (agency_id, id, series, last) VALUES (c[2]::uuid, uuidv7(), p_series, 1)
    ON CONFLICT (agency_id, series) DO UPDATE SET last = s.last + 1 RETURNING s.last INTO taken;
  RETURN taken;
END $$;
REVOKE ALL ON FUNCTION take_number(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_number(text) TO recobro_staff, recobro_client, recobro_counsel, recobro_debtor;

-- A block of numbers at once, for many rows in one statement: the first of them.
CREATE OR REPLACE FUNCTION take_numbers(p_series text, p_count bigint) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  c text[] := sec.context();
  taken bigint;
BEGIN
  IF c IS NULL OR nullif(c[2], '') IS NULL OR p_count < 1 THEN
    RAISE EXCEPTION 'bad context' USING ERRCODE = '42501';
  END IF;
  INSERT INTO number_series AS s (agency_id, id, series, last) VALUES (c[2]::uuid, uuidv7(), p_series, p_count)
    ON CONFLICT (agency_id, series) DO UPDATE SET last = s.last + p_count RETURNING s.last INTO taken;
  RETURN taken - p_count + 1;
END $$;
REVOKE ALL ON FUNCTION take_numbers(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION take_numbers(text, bigint) TO recobro_staff;

-- What an agency may not say about itself: whether it is a sandbox, where its clock stands, whether it is suspended.
CREATE OR REPLACE FUNCTION guard_agency() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.agency_id, NEW.slug, NEW.status, NEW.sandbox, NEW.clock_offset_s, NEW.created_at)
     IS DISTINCT FROM (OLD.agency_id, OLD.slug, OLD.status, OLD.sandbox, OLD.clock_offset_s, OLD.created_at)
     AND current_user = 'recobro_staff' THEN
    RAISE EXCEPTION 'only the platform changes this' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS guarded ON agencies;
CREATE TRIGGER guarded BEFORE UPDATE ON agencies FOR EACH ROW EXECUTE FUNCTION guard_agency();

-- A membership says for ever whose it is; role and status may change.
CREATE OR REPLACE FUNCTION guard_membership() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.agency_id, NEW.id, NEW.person_id, NEW.kind, NEW.client_id)
     IS DISTINCT FROM (OLD.agency_id, OLD.id, OLD.person_id, OLD.kind, OLD.client_id) THEN
    RAISE EXCEPTION 'a membership keeps its person' USING ERRCODE = '42501';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER IF EXISTS guarded ON memberships;
CREATE TRIGGER guarded BEFORE UPDATE ON memberships FOR EACH ROW EXECUTE FUNCTION guard_membership();

-- A job works with the agency's rights: who asks for one from behind a wall may name only what stands on their side.
CREATE OR REPLACE FUNCTION outbox_asked() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  one record;
  target text;
  mine boolean;
BEGIN
  IF sec.agency('staff') = NEW.agency_id OR sec.is('door') OR sec.is('system') THEN
    RETURN NULL;
  END IF;
  FOR one IN SELECT e.key, e.value #>> '{}' AS value, jsonb_typeof(e.value) AS kind FROM jsonb_each(NEW.payload) e LOOP
    IF one.kind IN ('array', 'object') THEN
      RAISE EXCEPTION 'a job is asked for by single things' USING ERRCODE = '42501';
    END IF;
    CONTINUE WHEN right(one.key, 3) <> '_id';
    target := CASE one.key WHEN 'flag_id' THEN 'case_flags' WHEN 'cost_id' THEN 'matter_costs'
      WHEN 'invitation_id' THEN 'access_tokens' WHEN 'source_id' THEN 'intake_sources' WHEN 'mail_id' THEN 'intake_mails'
      ELSE left(one.key, -3) || 's' END;
    EXECUTE format('SELECT EXISTS (SELECT FROM public.%I WHERE agency_id = $1 AND id = $2)', target)
      INTO mine USING NEW.agency_id, one.value::uuid;
    IF NOT mine THEN
      RAISE EXCEPTION 'a job was asked for across a wall' USING ERRCODE = '42501';
    END IF;
  END LOOP;
  RETURN NULL;
END $$;
DROP TRIGGER IF EXISTS asked ON outbox;
-- At the end of the transaction: what the job is about may be written after the request for it.
CREATE CONSTRAINT TRIGGER asked AFTER INSERT ON outbox DEFERRABLE INITIALLY DEFERRED
  FOR EACH ROW EXECUTE FUNCTION outbox_asked();
REVOKE ALL ON FUNCTION outbox_asked() FROM PUBLIC;
