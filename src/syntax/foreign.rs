//! Our own words, and what people bring along from other languages.

/// Words that begin an item.
pub(super) const ITEM_WORDS: &[&str] = &["let", "rule", "invariant", "fact", "replace", "remove", "test"];
/// Words that begin an effect.
pub(super) const EFFECT_WORDS: &[&str] =
    &["default", "force", "unset", "let", "if", "for", "warn", "deny", "require", "else"];
/// Words that begin a step of a test.
pub(super) const STEP_WORDS: &[&str] = &["given", "expect"];
/// Words that are no names.
pub(super) const RESERVED: &[&str] = &[
    "and", "because", "default", "deny", "else", "false", "for", "force", "if", "in", "is", "let", "like", "not", "or",
    "require", "skip", "subset", "true", "unless", "unset", "warn", "when",
];

const FUNCTION: &str = "there are no functions to define: a named value is a `let`, what happens is a `rule`";
const IMPORT: &str = "nothing is imported: all files of all layers are one policy";

/// Words that begin a definition elsewhere: what to write instead if it is clear, and why.
pub(super) const DEFINITIONS: &[(&str, &str, &str)] = &[
    ("def", "", FUNCTION),
    ("fn", "", FUNCTION),
    ("func", "", FUNCTION),
    ("function", "", FUNCTION),
    ("macro", "", FUNCTION),
    ("const", "let", "a named value is a `let`"),
    ("var", "let", "a named value is a `let`; it never changes"),
    ("val", "let", "a named value is a `let`"),
    ("local", "let", "a named value is a `let`"),
    ("import", "", IMPORT),
    ("include", "", IMPORT),
    ("use", "", IMPORT),
    ("package", "", IMPORT),
    ("policy", "rule", "what happens is a `rule`"),
    ("assert", "invariant", "what must hold is an `invariant`"),
    ("input", "fact", "what deployments may give is a `fact`"),
];

/// Operators and words: what to write instead if it takes its very place, and why.
pub(super) const OPERATORS: &[(&str, &str, &str)] = &[
    ("&&", "and", "both conditions hold: `a and b`"),
    ("&", "and", "both conditions hold: `a and b`"),
    ("||", "or", "one of the conditions holds: `a or b`"),
    ("!", "not ", "a condition is turned round with `not`"),
    ("===", "==", "values are compared with `==`"),
    ("!==", "!=", "values are compared with `!=`"),
    ("<>", "!=", "values are compared with `!=`"),
    ("<=>", "", "values are compared with `<`, `==` and `>`, one at a time"),
    (":=", "=", "names and paths get their value with `=`"),
    ("=>", "", "entries are written `key: value`, choices `A when C else B`"),
    ("->", "", "entries are written `key: value`, choices `A when C else B`"),
    ("<-", "=", "names and paths get their value with `=`"),
    ("?", "", "a choice is written `A when C else B`; whether something is there, `x is set`"),
    ("?:", "else", "what stands in for something absent follows `else`"),
    ("??", "else", "what stands in for something absent follows `else`"),
    ("?.", ".", "a path reaches through what is absent; say `else` at its end"),
    ("::", ".", "parts of a path are joined by `.`"),
    ("..", "", "numbers in a row are `range(n)`, lists are joined with `++`"),
    ("...", "", "lists are joined with `++`, maps with `|`"),
    ("**", "", "there is no power; multiply"),
    ("--", "", "nothing is counted down: values never change"),
    ("*=", "", "writes are `=`, `+=` (an element is in) and `-=` (it is not)"),
    ("/=", "", "writes are `=`, `+=` (an element is in) and `-=` (it is not)"),
    ("|=", "+=", "writes are `=`, `+=` (an element is in) and `-=` (it is not)"),
    ("<<", "", "sizes are written `64MiB`, numbers multiplied with `*`"),
    (">>", "", "numbers are divided with `/`"),
    ("^", "", "there are no operators on bits"),
    ("~", "", "there are no operators on bits; a glob is matched with `like`"),
    ("=~", "", "a glob is matched with `like`"),
    ("then", "", "what an `if` does stands in braces: `if C { … }`; a choice of values is `A when C else B`"),
    ("do", "", "what a loop does stands in braces: `for x in list { … }`"),
    ("elif", "else if", "the next condition follows `else if`"),
    ("elsif", "else if", "the next condition follows `else if`"),
    ("elseif", "else if", "the next condition follows `else if`"),
    ("contains", "", "turn it round: `element in list`, or `text like \"*part*\"`"),
    ("matches", "like", "a glob is matched with `like`"),
    ("mod", "%", "the remainder is `%`"),
    ("$", "", "names stand alone; in a text they stand in a hole: `\"{name}\"`"),
    ("@", "", "names stand alone"),
    ("`", "", "texts are written in double quotes"),
    ("\\", "", "a line needs no mark to go on: newlines mean nothing"),
];
