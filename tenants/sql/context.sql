-- The signed context. The key table is readable by the owner alone; these functions are the only way to it.
CREATE SCHEMA IF NOT EXISTS sec;
REVOKE ALL ON SCHEMA sec FROM PUBLIC;
CREATE TABLE IF NOT EXISTS sec.keys (id int PRIMARY KEY, ipad bytea NOT NULL, opad bytea NOT NULL);
REVOKE ALL ON sec.keys FROM PUBLIC;

CREATE OR REPLACE FUNCTION sec.context() RETURNS text[] LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  s text := current_setting('app.ctx', true);
  p text[];
  k record;
BEGIN
  IF s IS NULL OR s = '' THEN RETURN NULL; END IF;
  p := string_to_array(s, '|');
  IF array_length(p, 1) IS DISTINCT FROM 7 OR p[1] !~ '^[0-9]{1,9}$' OR p[6] !~ '^[0-9]{1,12}$' THEN
    RAISE EXCEPTION 'bad context' USING ERRCODE = '42501';
  END IF;
  SELECT ipad, opad INTO k FROM sec.keys WHERE id = p[1]::int;
  IF NOT FOUND
     OR encode(sha256(k.opad || sha256(k.ipad || convert_to(array_to_string(p[1:6], '|'), 'UTF8'))), 'hex') IS DISTINCT FROM p[7]
     OR p[6]::bigint < extract(epoch FROM clock_timestamp()) THEN
    RAISE EXCEPTION 'bad context' USING ERRCODE = '42501';
  END IF;
  RETURN p;
END $$;

-- The agency when the principal is of that kind (a job acts as staff), else nothing.
CREATE OR REPLACE FUNCTION sec.agency(kind text) RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE p text[] := sec.context();
BEGIN
  IF p IS NULL OR NOT (p[3] = kind OR (kind = 'staff' AND p[3] = 'job')) THEN RETURN NULL; END IF;
  RETURN nullif(p[2], '')::uuid;
END $$;

-- The client of a client user, the case of a debtor.
CREATE OR REPLACE FUNCTION sec.scope(kind text) RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE p text[] := sec.context();
BEGIN
  IF p IS NULL OR p[3] IS DISTINCT FROM kind THEN RETURN NULL; END IF;
  RETURN nullif(p[5], '')::uuid;
END $$;

-- The person, when the principal is of that kind.
CREATE OR REPLACE FUNCTION sec.principal(kind text) RETURNS uuid LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE p text[] := sec.context();
BEGIN
  IF p IS NULL OR p[3] IS DISTINCT FROM kind THEN RETURN NULL; END IF;
  RETURN nullif(p[4], '')::uuid;
END $$;

-- True when the principal is of a kind that belongs to no agency (the sign-in door, the system).
CREATE OR REPLACE FUNCTION sec.is(kind text) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = pg_catalog, pg_temp AS $$
DECLARE p text[] := sec.context();
BEGIN
  RETURN p IS NOT NULL AND p[3] = kind;
END $$;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA sec FROM PUBLIC;
GRANT USAGE ON SCHEMA sec TO recobro_staff, recobro_client, recobro_counsel, recobro_debtor, recobro_door, recobro_system;
GRANT EXECUTE ON FUNCTION sec.agency(text), sec.scope(text), sec.principal(text), sec.is(text)
  TO recobro_staff, recobro_client, recobro_counsel, recobro_debtor, recobro_door, recobro_system;

-- A program asks, before it has become any kind of principal, whether the schema is its own.
DO $$ BEGIN
  IF to_regclass('sec.alembic_version') IS NOT NULL THEN
    GRANT USAGE ON SCHEMA sec TO recobro_app;
    REVOKE ALL ON sec.alembic_version FROM PUBLIC, recobro_app;
    GRANT SELECT ON sec.alembic_version TO recobro_app;
  END IF;
END $$;
