"""When a row is what is here already: conditions on a row `r` of the file, in SQL."""

# A number without the zeros in front of its figures, as `normalise.without_zeros` has it.
WITHOUT_ZEROS = r"regexp_replace({one}, '(^|[^0-9])0+([1-9])', '\1\2', 'g')"
# An electronic invoice that states no due day is due when it is issued: that day contradicts no other.
SAME_DUE = """
({one}.due_on = r.due_on OR (r.uuid <> '' AND r.due_on = r.issued_on)
 OR ({one}.uuid <> '' AND {one}.due_on = {one}.issued_on))
"""
# A list says of a debt (`d`) what was handed over or, sent again after payments, what is owed by now: both are it. An
# electronic invoice always says the first.
SAME_AMOUNT = """
(d.currency = r.currency AND (d.original = r.balance OR (NOT :documents AND d.balance = r.balance)))
"""
# A tax id without the letters of its country, which some write in front, and a NIT without its digit.
BARE = """
left(CASE WHEN starts_with({tax_id}, {country}) THEN substr({tax_id}, length({country}) + 1) ELSE {tax_id} END,
     CASE {country} WHEN 'CO' THEN 9 ELSE 40 END)
"""
_ITS, _HIS = (BARE.format(tax_id=f"{one}.tax_id_norm", country=f"{one}.country") for one in "ro")
# Whether an electronic invoice is to another buyer than the debtor (`o`) who has the debt: only tax ids tell, for its
# buyer may be written in other words.
_ANOTHER_BUYER = f"""
(:documents AND r.tax_id_norm <> '' AND o.tax_id_norm <> ''
 AND {_ITS} <> {_HIS}
 AND NOT EXISTS (SELECT FROM debtors m WHERE m.agency_id = :agency AND m.merged_into = o.id
                 AND m.tax_id_norm = r.tax_id_norm))
"""
# Whether a row is of another debtor than the one (`o`) who has the debt: by customer number where both have one, else
# by tax id or name; never where they cannot be compared, nor where that debtor stands for one merged into it.
ANOTHER = f"""
({_ANOTHER_BUYER} OR NOT :documents AND CASE
   WHEN r.customer_ref_norm <> '' AND o.customer_ref_norm <> '' THEN r.customer_ref_norm <> o.customer_ref_norm
   WHEN r.tax_id_norm <> '' AND r.tax_id_norm = o.tax_id_norm THEN false
   WHEN r.name IN (r.customer_ref, r.tax_id) OR o.name IN (o.customer_ref, o.tax_id)
     THEN r.tax_id_norm <> '' AND o.tax_id_norm <> ''
   ELSE r.name_norm <> o.name_norm END
 AND NOT EXISTS (
   SELECT FROM debtors m WHERE m.agency_id = :agency AND m.merged_into = o.id AND (
     (r.customer_ref_norm <> '' AND m.customer_ref_norm = r.customer_ref_norm)
     OR (r.tax_id_norm <> '' AND m.tax_id_norm = r.tax_id_norm) OR m.name_norm = r.name_norm)))
"""
