-- The text of one file of rules, by its digest. The law is the same for every agency.
CREATE OR REPLACE FUNCTION law_text(p_sha256 text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT t.content FROM law_texts t WHERE t.sha256 = p_sha256
$$;
REVOKE ALL ON FUNCTION law_text(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION law_text(text) TO recobro_staff;

-- Which texts were kept of some files of rules, and since when.
CREATE OR REPLACE FUNCTION law_texts_named(p_names text[]) RETURNS TABLE (name text, sha256 text, kept_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT t.name, t.sha256, t.kept_at FROM law_texts t WHERE t.name = ANY (p_names)
$$;
REVOKE ALL ON FUNCTION law_texts_named(text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION law_texts_named(text[]) TO recobro_staff;

-- Every decision brings the rules that stood in its way, however it is written.
CREATE OR REPLACE FUNCTION keep_decision_rules() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  INSERT INTO decision_rules (agency_id, client_id, decision_id, rule, result, verdict, at)
  SELECT d.agency_id, d.client_id, d.id, r.rule, r.result, d.verdict, d.at
  FROM fresh d, LATERAL (
    SELECT unnest(d.failed) AS rule, 'failed' AS result
    UNION ALL
    SELECT unnest(d.overridden), 'overridden') r
  ON CONFLICT DO NOTHING;
  RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION keep_decision_rules() FROM PUBLIC;
CREATE OR REPLACE TRIGGER keep_decision_rules AFTER INSERT ON decisions
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION keep_decision_rules();
