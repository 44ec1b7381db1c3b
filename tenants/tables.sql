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
