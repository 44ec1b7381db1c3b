-- The planner learns how big a table has become inside the very transaction that filled it. Without this the checks of
-- foreign keys on a young table read through an index of the wrong columns, and the first big placement is quadratic.
CREATE OR REPLACE FUNCTION measure_placed(p_table text, p_rows bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
  IF p_table NOT IN ('debtors', 'contact_points', 'cases', 'debts', 'case_balances') THEN
    RAISE EXCEPTION 'not a table of placements' USING ERRCODE = '42501';
  END IF;
  IF (SELECT reltuples FROM pg_class WHERE oid = format('public.%I', p_table)::regclass) < p_rows THEN
    -- What joins and searches ask by; the server itself measures the rest within a minute.
    EXECUTE (
      SELECT format('ANALYZE (SKIP_LOCKED) public.%I (%s)', p_table, string_agg(DISTINCT quote_ident(a.attname), ', '))
      FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY(i.indkey)
      WHERE i.indrelid = format('public.%I', p_table)::regclass
    );
  END IF;
END $$;
REVOKE ALL ON FUNCTION measure_placed(text, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION measure_placed(text, bigint) TO recobro_staff;

-- Takes away what a placement made of these cases, while its undoing was asked for. No runtime role may delete: this does
-- no more than the placement did, and any other row that leads to what it removes stops it.
CREATE OR REPLACE FUNCTION remove_placed(p_agency uuid, p_placement uuid, p_cases uuid[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  removed bigint;
  emptied uuid[];
  debtors_left uuid[];
  undone uuid[];
BEGIN
  IF p_agency IS DISTINCT FROM sec.agency('staff') OR NOT EXISTS (
    SELECT FROM placements p WHERE p.agency_id = p_agency AND p.id = p_placement AND p.state = 'committed'
      AND p.undone ->> 'state' = 'running') THEN
    RAISE EXCEPTION 'no undoing was asked for' USING ERRCODE = '42501';
  END IF;
  DELETE FROM debt_components x USING debts d
  WHERE d.agency_id = p_agency AND d.case_id = ANY(p_cases) AND d.placement_id = p_placement
    AND x.agency_id = d.agency_id AND x.debt_id = d.id;
  DELETE FROM debts WHERE agency_id = p_agency AND case_id = ANY(p_cases) AND placement_id = p_placement;
  GET DIAGNOSTICS removed = ROW_COUNT;
  -- Whichever of several undone placements is the last takes the case that they shared with it.
  SELECT array_agg(p.id) INTO undone FROM placements p
  WHERE p.agency_id = p_agency AND (p.id = p_placement OR p.undone ->> 'state' = 'done')
    AND p.id IN (SELECT c.placement_id FROM cases c WHERE c.agency_id = p_agency AND c.id = ANY(p_cases));
  SELECT array_agg(c.id), array_agg(c.debtor_id) INTO emptied, debtors_left FROM cases c
  WHERE c.agency_id = p_agency AND c.id = ANY(p_cases) AND c.placement_id = ANY(undone)
    AND NOT EXISTS (SELECT FROM debts d WHERE d.agency_id = c.agency_id AND d.case_id = c.id);
  DELETE FROM notices WHERE agency_id = p_agency AND case_id = ANY(emptied)
    AND state IN ('queued', 'held', 'cancelled') AND tries = 0;
  DELETE FROM decision_rules x USING decisions d WHERE d.agency_id = p_agency AND d.case_id = ANY(emptied)
    AND x.agency_id = d.agency_id AND x.decision_id = d.id;
  DELETE FROM decisions WHERE agency_id = p_agency AND case_id = ANY(emptied);
  DELETE FROM case_strategies WHERE agency_id = p_agency AND case_id = ANY(emptied);
  DELETE FROM disputes WHERE agency_id = p_agency AND case_id = ANY(emptied);
  DELETE FROM case_flags WHERE agency_id = p_agency AND case_id = ANY(emptied);
  DELETE FROM case_moves WHERE agency_id = p_agency AND case_id = ANY(emptied);
  DELETE FROM case_events WHERE agency_id = p_agency AND case_id = ANY(emptied);
  DELETE FROM case_balances b WHERE b.agency_id = p_agency AND b.case_id = ANY(p_cases)
    AND NOT EXISTS (SELECT FROM debts d WHERE d.agency_id = b.agency_id AND d.case_id = b.case_id
                    AND d.currency = b.currency);
  DELETE FROM cases WHERE agency_id = p_agency AND id = ANY(emptied);
  -- A case that stays keeps its debtor; what the placement alone told of them goes.
  DELETE FROM contact_points x USING cases c
  WHERE c.agency_id = p_agency AND c.id = ANY(p_cases) AND x.agency_id = p_agency AND x.debtor_id = c.debtor_id
    AND x.placement_id = p_placement
    AND NOT EXISTS (SELECT FROM notices n WHERE n.agency_id = p_agency AND n.contact_point_id = x.id)
    AND NOT EXISTS (SELECT FROM calls n WHERE n.agency_id = p_agency AND n.contact_point_id = x.id);
  SELECT array_agg(b.id) INTO debtors_left FROM debtors b
  WHERE b.agency_id = p_agency AND b.id = ANY(debtors_left) AND b.placement_id = ANY(undone || p_placement);
  DELETE FROM debtor_pairs WHERE agency_id = p_agency AND (one_id = ANY(debtors_left) OR other_id = ANY(debtors_left));
  DELETE FROM contact_points WHERE agency_id = p_agency AND debtor_id = ANY(debtors_left);
  DELETE FROM debtors WHERE agency_id = p_agency AND id = ANY(debtors_left);
  RETURN removed;
END $$;
REVOKE ALL ON FUNCTION remove_placed(uuid, uuid, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION remove_placed(uuid, uuid, uuid[]) TO recobro_staff;

-- Takes documents that a placement added out of their cases, while its undoing was asked for. They stay files of the
-- client; no runtime role may change a file.
CREATE OR REPLACE FUNCTION detach_documents(p_agency uuid, p_placement uuid, p_files uuid[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
  detached bigint;
BEGIN
  IF p_agency IS DISTINCT FROM sec.agency('staff') OR NOT EXISTS (
    SELECT FROM placements p WHERE p.agency_id = p_agency AND p.id = p_placement AND p.kind = 'documents'
      AND p.state = 'committed' AND p.undone ->> 'state' = 'running') THEN
    RAISE EXCEPTION 'no undoing was asked for' USING ERRCODE = '42501';
  END IF;
  UPDATE files f SET case_id = NULL, debt_id = NULL FROM placement_effects e
  WHERE e.agency_id = p_agency AND e.placement_id = p_placement AND e.kind = 'attached' AND NOT e.details ? 'act'
    AND e.ref_id = ANY(p_files)
    AND f.agency_id = e.agency_id AND f.id = e.ref_id;
  GET DIAGNOSTICS detached = ROW_COUNT;
  RETURN detached;
END $$;
REVOKE ALL ON FUNCTION detach_documents(uuid, uuid, uuid[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION detach_documents(uuid, uuid, uuid[]) TO recobro_staff;
