-- A token is returned once: what came of the contact stays as it was told.
CREATE OR REPLACE FUNCTION settle_token() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% were settled', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP TRIGGER IF EXISTS settled ON contact_tokens;
CREATE TRIGGER settled BEFORE UPDATE ON contact_tokens FOR EACH ROW WHEN (OLD.returned_at IS NOT NULL)
  EXECUTE FUNCTION settle_token();
