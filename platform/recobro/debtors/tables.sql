-- The words that a debtor is found by; `recobro.debtors.words` cuts what people type in the same way.
-- Written so that the planner can put it in place: a call for each word cost more than keeping it.
CREATE OR REPLACE FUNCTION search_words_of(p_text text) RETURNS SETOF text LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT DISTINCT left(word, 40) FROM regexp_split_to_table(
    regexp_replace(upper(normalize(p_text COLLATE pg_c_utf8, NFKD)), '[\u0300-\u036f.''’]', '', 'g'), '[^[:alnum:]]+'
  ) AS word WHERE word <> '';
END;

-- What a contact point adds: its person, and its phone from both ends or its address of email.
CREATE OR REPLACE FUNCTION contact_words_of(p_channel text, p_value text, p_person text)
RETURNS TABLE (kind text, word text) LANGUAGE sql IMMUTABLE
BEGIN ATOMIC
  SELECT 'contact', w FROM search_words_of(p_person) AS w WHERE p_person <> ''
  UNION ALL
  SELECT 'phone', regexp_replace(regexp_replace(p_value, '^\+(1|3[0-469]|4[013-9]|5[1-8])', ''), '[^0-9]', '', 'g')
  WHERE p_channel = 'phone'
  UNION ALL
  SELECT 'phone_end', reverse(regexp_replace(p_value, '[^0-9]', '', 'g')) WHERE p_channel = 'phone'
  UNION ALL
  SELECT 'email', left(p_value, 80) WHERE p_channel = 'email';
END;

CREATE OR REPLACE FUNCTION keep_debtor_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM search_words s USING gone o, search_words_of(o.name) AS w
    WHERE s.agency_id = o.agency_id AND s.word = w AND s.kind = 'name' AND s.source_id = o.id;
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO search_words (agency_id, word, kind, source_id, client_id, debtor_id)
    SELECT n.agency_id, w, 'name', n.id, n.client_id, n.id FROM fresh n, search_words_of(n.name) AS w;
    RETURN NULL;
  END IF;
  DELETE FROM search_words s USING gone o JOIN fresh n USING (agency_id, id), search_words_of(o.name) AS w
  WHERE n.name <> o.name AND s.agency_id = o.agency_id AND s.word = w AND s.kind = 'name' AND s.source_id = o.id;
  INSERT INTO search_words (agency_id, word, kind, source_id, client_id, debtor_id)
  SELECT n.agency_id, w, 'name', n.id, n.client_id, n.id
  FROM gone o JOIN fresh n USING (agency_id, id), search_words_of(n.name) AS w WHERE n.name <> o.name;
  RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION keep_contact_words() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF TG_OP = 'DELETE' THEN
    DELETE FROM search_words s USING gone o, contact_words_of(o.channel, o.value_norm, o.person_name) AS w
    WHERE s.agency_id = o.agency_id AND s.word = w.word AND s.kind = w.kind AND s.source_id = o.id;
    RETURN NULL;
  END IF;
  IF TG_OP = 'INSERT' THEN
    INSERT INTO search_words (agency_id, word, kind, source_id, client_id, debtor_id)
    SELECT n.agency_id, w.word, w.kind, n.id, n.client_id, n.debtor_id
    FROM fresh n, contact_words_of(n.channel, n.value_norm, n.person_name) AS w;
    RETURN NULL;
  END IF;
  DELETE FROM search_words s
  USING gone o JOIN fresh n USING (agency_id, id), contact_words_of(o.channel, o.value_norm, o.person_name) AS w
  WHERE (n.value_norm, n.person_name, n.debtor_id) <> (o.value_norm, o.person_name, o.debtor_id)
    AND s.agency_id = o.agency_id AND s.word = w.word AND s.kind = w.kind AND s.source_id = o.id;
  INSERT INTO search_words (agency_id, word, kind, source_id, client_id, debtor_id)
  SELECT n.agency_id, w.word, w.kind, n.id, n.client_id, n.debtor_id
  FROM gone o JOIN fresh n USING (agency_id, id), contact_words_of(n.channel, n.value_norm, n.person_name) AS w
  WHERE (n.value_norm, n.person_name, n.debtor_id) <> (o.value_norm, o.person_name, o.debtor_id);
  RETURN NULL;
END $$;

DROP TRIGGER IF EXISTS words_made ON debtors;
CREATE TRIGGER words_made AFTER INSERT ON debtors REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION keep_debtor_words();
DROP TRIGGER IF EXISTS words_changed ON debtors;
CREATE TRIGGER words_changed AFTER UPDATE ON debtors REFERENCING OLD TABLE AS gone NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION keep_debtor_words();
DROP TRIGGER IF EXISTS words_gone ON debtors;
CREATE TRIGGER words_gone AFTER DELETE ON debtors REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION keep_debtor_words();
DROP TRIGGER IF EXISTS words_gone ON contact_points;
CREATE TRIGGER words_gone AFTER DELETE ON contact_points REFERENCING OLD TABLE AS gone
  FOR EACH STATEMENT EXECUTE FUNCTION keep_contact_words();
DROP TRIGGER IF EXISTS words_made ON contact_points;
CREATE TRIGGER words_made AFTER INSERT ON contact_points REFERENCING NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION keep_contact_words();
DROP TRIGGER IF EXISTS words_changed ON contact_points;
CREATE TRIGGER words_changed AFTER UPDATE ON contact_points REFERENCING OLD TABLE AS gone NEW TABLE AS fresh
  FOR EACH STATEMENT EXECUTE FUNCTION keep_contact_words();

REVOKE ALL ON FUNCTION search_words_of(text), contact_words_of(text, text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_words_of(text) TO recobro_staff;
