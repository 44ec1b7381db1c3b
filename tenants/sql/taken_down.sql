-- Takes away every policy, trigger, function and grant of ours and bares the tables to their owner. Only ever inside the
-- transaction that puts up what is declared: so what is no longer declared is gone.
DO $$
DECLARE one record;
BEGIN
  FOR one IN SELECT c.oid::regclass AS name FROM pg_class c
             WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
               AND c.relowner = current_user::regrole LOOP
    EXECUTE format('REVOKE ALL ON %s FROM PUBLIC, recobro_app, recobro_staff, recobro_client, '
      'recobro_counsel, recobro_debtor, recobro_door, recobro_system', one.name);
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, NO FORCE ROW LEVEL SECURITY', one.name);
  END LOOP;
  FOR one IN SELECT p.polname AS name, c.oid::regclass AS on_table FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
             WHERE c.relnamespace = 'public'::regnamespace AND c.relowner = current_user::regrole LOOP
    EXECUTE format('DROP POLICY %I ON %s', one.name, one.on_table);
  END LOOP;
  FOR one IN SELECT t.tgname AS name, c.oid::regclass AS on_table FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
             WHERE NOT t.tgisinternal AND c.relnamespace = 'public'::regnamespace
               AND c.relowner = current_user::regrole LOOP
    EXECUTE format('DROP TRIGGER %I ON %s', one.name, one.on_table);
  END LOOP;
  FOR one IN SELECT f.oid::regprocedure AS name FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace
             WHERE n.nspname IN ('public', 'sec') AND f.proowner = current_user::regrole
               AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = f.oid AND d.deptype = 'e')
             -- What calls another was made after it.
             ORDER BY f.oid DESC LOOP
    EXECUTE format('DROP ROUTINE %s', one.name);
  END LOOP;
END $$;
