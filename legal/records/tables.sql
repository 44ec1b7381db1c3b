-- A kept decision is evidence: no role changes it, whatever it is granted one day. What is only planned goes with a
-- placement that is undone (`remove_placed`, as the owner); what was decided at the moment of sending stays for good.
CREATE OR REPLACE FUNCTION keep_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND OLD.moment = 'planned' AND current_user = 'recobro_owner' THEN
    RETURN OLD;
  END IF;
  RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP TRIGGER IF EXISTS unchanging ON decisions;
CREATE TRIGGER unchanging BEFORE UPDATE OR DELETE ON decisions FOR EACH ROW EXECUTE FUNCTION keep_decision();
DROP TRIGGER IF EXISTS untruncated ON decisions;
CREATE TRIGGER untruncated BEFORE TRUNCATE ON decisions EXECUTE FUNCTION refuse_change();

-- What surely never left stays taken back.
CREATE OR REPLACE FUNCTION keep_voided() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the attempt was taken back' USING ERRCODE = 'integrity_constraint_violation';
END $$;
DROP TRIGGER IF EXISTS voided ON contact_attempts;
CREATE TRIGGER voided BEFORE UPDATE ON contact_attempts FOR EACH ROW
  WHEN (OLD.voided_at IS NOT NULL AND NEW.voided_at IS DISTINCT FROM OLD.voided_at) EXECUTE FUNCTION keep_voided();
