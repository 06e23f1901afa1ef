//! Cron lines of six or seven fields, seconds first.

/// A field: its least and greatest number, and names for its numbers from the least on.
type Field = (u32, u32, &'static [&'static str]);

const MONTHS: &[&str] = &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const DAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
/// Seconds, minutes, hours, days of the month, months, days of the week, years.
const FIELDS: &[Field] =
    &[(0, 59, &[]), (0, 59, &[]), (0, 23, &[]), (1, 31, &[]), (1, 12, MONTHS), (1, 7, DAYS), (1970, 2100, &[])];

/// Whether a text is such a line.
pub(in crate::facts) fn is_schedule(text: &str) -> bool {
    let fields = text.split_ascii_whitespace();
    let count = fields.clone().count();
    (6..=7).contains(&count)
        && fields.zip(FIELDS).all(|(text, field)| text.split(',').all(|part| is_part(part, *field)))
}

/// `*`, `?`, `5`, `MON-FRI`, each with or without `/step`.
fn is_part(part: &str, field: Field) -> bool {
    let (range, step) = part.split_once('/').unwrap_or((part, "1"));
    let whole = matches!(range, "*" | "?");
    let (from, to) = range.split_once('-').unwrap_or((range, range));
    let ordered = number(from, field).zip(number(to, field)).is_some_and(|(from, to)| from <= to);
    (whole || ordered) && step.parse::<u32>().is_ok_and(|step| step > 0)
}

fn number(text: &str, (least, greatest, names): Field) -> Option<u32> {
    let head = text.get(..3).unwrap_or(text);
    let named = names.iter().zip(least..).find(|(name, _)| name.eq_ignore_ascii_case(head)).map(|(_, number)| number);
    named.or_else(|| text.parse().ok()).filter(|number| (least..=greatest).contains(number))
}
