-- The planner learns how big a table has become inside the very transaction that filled it. Without this the checks of
-- foreign keys on a young table read through an index of the wrong columns, and the first big placement is quadratic.
CREATE OR REPLACE FUNCTION measure_placed(p_table text, p_rows bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF p_table NOT IN ('debtors', 'cases', 'debts', 'case_balances') THEN
    RAISE EXCEPTION 'not a table of placements' USING ERRCODE = '42501';
  END IF;
  IF (SELECT reltuples FROM pg_class WHERE oid = format('public.%I', p_table)::regclass) < 4 * p_rows THEN
    EXECUTE format('ANALYZE (SKIP_LOCKED) public.%I', p_table);
  END IF;
END $$;
REVOKE ALL ON FUNCTION measure_placed(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION measure_placed(text, bigint) TO recobro_staff;
