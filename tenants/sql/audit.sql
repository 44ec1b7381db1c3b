-- The audit chain: one per agency, appended in the same transaction as the change, never rewritten.
CREATE OR REPLACE FUNCTION audit_append(p_agency uuid, p_at timestamptz, p_actor text, p_action text, p_payload jsonb)
RETURNS bigint LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  c text[] := sec.context();
  h record;
  body text := p_payload::text;
  new_hash bytea;
BEGIN
  IF c IS NULL OR (nullif(c[2], '')::uuid IS DISTINCT FROM p_agency AND c[3] NOT IN ('system', 'door')) THEN
    RAISE EXCEPTION 'bad context' USING ERRCODE = '42501';
  END IF;
  -- Whoever is known acts under their own name; the door names the person who came in by it.
  IF c[3] <> 'door' AND NOT starts_with(p_actor, concat(c[3], ':', coalesce(nullif(c[4], ''), '-'), ':'))
     AND p_actor <> concat(c[3], ':', coalesce(nullif(c[4], ''), '-')) THEN
    RAISE EXCEPTION 'not your name' USING ERRCODE = '42501';
  END IF;
  INSERT INTO audit_heads (agency_id, seq, hash)
    VALUES (p_agency, 0, sha256(convert_to('genesis|' || p_agency, 'UTF8'))) ON CONFLICT DO NOTHING;
  SELECT * INTO h FROM audit_heads WHERE agency_id = p_agency FOR UPDATE;
  new_hash := sha256(h.hash || convert_to(jsonb_build_array(
    p_agency, h.seq + 1, extract(epoch FROM p_at)::text, p_actor, p_action, body)::text, 'UTF8'));
  INSERT INTO audit (agency_id, seq, at, actor, action, payload, prev, hash)
    VALUES (p_agency, h.seq + 1, p_at, p_actor, p_action, body, h.hash, new_hash);
  UPDATE audit_heads SET seq = h.seq + 1, hash = new_hash WHERE agency_id = p_agency;
  RETURN h.seq + 1;
END $$;

CREATE OR REPLACE FUNCTION audit_verify(p_agency uuid) RETURNS TABLE (seq bigint, why text)
LANGUAGE sql STABLE AS $$
  WITH x AS (
    SELECT a.*, lag(a.hash) OVER w AS before_hash, lag(a.seq) OVER w AS before_seq
    FROM audit a WHERE a.agency_id = p_agency WINDOW w AS (ORDER BY a.seq))
  SELECT x.seq, 'gap' FROM x WHERE x.seq <> coalesce(x.before_seq, 0) + 1
  UNION ALL
  SELECT x.seq, 'prev' FROM x WHERE x.prev <> coalesce(x.before_hash, sha256(convert_to('genesis|' || p_agency, 'UTF8')))
  UNION ALL
  SELECT x.seq, 'hash' FROM x WHERE x.hash <> sha256(x.prev || convert_to(jsonb_build_array(
    x.agency_id, x.seq, extract(epoch FROM x.at)::text, x.actor, x.action, x.payload)::text, 'UTF8'))
  UNION ALL
  SELECT h.seq, 'head' FROM audit_heads h LEFT JOIN audit a ON a.agency_id = h.agency_id AND a.seq = h.seq
    WHERE h.agency_id = p_agency AND h.seq > 0 AND (a.hash IS NULL OR a.hash <> h.hash)
  ORDER BY 1, 2
$$;

CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;

DROP TRIGGER IF EXISTS unchanging ON audit;
CREATE TRIGGER unchanging BEFORE UPDATE OR DELETE ON audit FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS untruncated ON audit;
CREATE TRIGGER untruncated BEFORE TRUNCATE ON audit EXECUTE FUNCTION refuse_change();

REVOKE ALL ON FUNCTION audit_append(uuid, timestamptz, text, text, jsonb), audit_verify(uuid) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION audit_append(uuid, timestamptz, text, text, jsonb)
  TO recobro_staff, recobro_client, recobro_counsel, recobro_debtor, recobro_door, recobro_system;
GRANT EXECUTE ON FUNCTION audit_verify(uuid) TO recobro_staff, recobro_system;
