-- Whose checkout a Stripe payment belongs to: the only thing a notice without our metadata may learn.
CREATE OR REPLACE FUNCTION checkout_agency(p_intent text) RETURNS uuid LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $$
  SELECT c.agency_id FROM checkouts c WHERE p_intent <> '' AND c.payment_intent = p_intent LIMIT 1
$$;

DROP TRIGGER IF EXISTS unchanging ON payment_allocations;
CREATE TRIGGER unchanging BEFORE UPDATE OR DELETE ON payment_allocations FOR EACH ROW EXECUTE FUNCTION refuse_change();
DROP TRIGGER IF EXISTS unchanging ON commission_lines;
CREATE TRIGGER unchanging BEFORE UPDATE OR DELETE ON commission_lines FOR EACH ROW EXECUTE FUNCTION refuse_change();

REVOKE ALL ON FUNCTION checkout_agency(text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION checkout_agency(text) TO recobro_system;
