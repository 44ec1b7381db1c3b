-- The words of a name as they are searched; the search itself cuts them with the owner's rights.
CREATE OR REPLACE FUNCTION name_words_of(p_name text) RETURNS SETOF text LANGUAGE sql IMMUTABLE
SET search_path = pg_catalog, pg_temp AS $$
  SELECT DISTINCT left(word, 40) FROM regexp_split_to_table(
    regexp_replace(upper(normalize(p_name COLLATE pg_c_utf8, NFKD)), '[\u0300-\u036f.''’]', '', 'g'), '[^[:alnum:]]+'
  ) AS word WHERE word <> ''
$$;
REVOKE ALL ON FUNCTION name_words_of(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION name_words_of(text) TO recobro_staff;
