//! The functions of the language: names, parameters, results, one row each.

use serde::{Deserialize, Serialize};

use self::Pattern::{Bool, Float, Int, IntList, List, Listed, Map, Optional, Ordered, PathType, Sized, Text, Var};

/// A function of the language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[expect(missing_docs, reason = "each is documented by its row of the table")]
pub enum Function {
    Len,
    Join,
    Split,
    Lower,
    Upper,
    Trim,
    TrimPrefix,
    TrimSuffix,
    TrimStart,
    TrimEnd,
    Replace,
    Range,
    RangeFrom,
    String,
    ToInt,
    Round,
    Floor,
    Octal,
    Keys,
    Values,
    Sort,
    Unique,
    IndexOf,
    First,
    Last,
    Min,
    Max,
    Basename,
    Dirname,
    Within,
    Closest,
    Secret,
    HostDevice,
    HostPath,
    HostGlob,
    HostMajor,
}

/// What a parameter takes or a result is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// `Bool`
    Bool,
    /// `Int`
    Int,
    /// `Float`; an `Int` widens
    Float,
    /// `String`; a result is open
    Text,
    /// A text written out in the policy, without holes
    Literal,
    /// Anything that a template can hold: text, number, boolean, version
    Printable,
    /// A text, list or map
    Sized,
    /// The type that the list or map of another parameter holds
    Var,
    /// `List<Var>`
    Listed,
    /// `List<Var>` of numbers or texts
    Ordered,
    /// `Map<String, Var>`
    Map,
    /// `List<String>`
    List,
    /// `List<Int>`
    IntList,
    /// What a device of the host is: `{ path, type, major, minor, fileMode?, uid?, gid? }`
    DeviceType,
    /// What is at a path: `"file" | "dir" | "device" | "socket" | "other"`
    PathType,
    /// It may be absent
    Optional(&'static Pattern),
}

/// A row of the table.
#[derive(Debug)]
pub struct Signature {
    /// Which it is.
    pub function: Function,
    /// How it is written; host functions begin with `host.`.
    pub name: &'static str,
    /// Names and types of its parameters.
    pub parameters: &'static [(&'static str, Pattern)],
    /// What it gives.
    pub result: Pattern,
    /// One sentence.
    pub doc: &'static str,
}

macro_rules! functions {
    ($($function:ident $name:literal ($($parameter:ident: $pattern:expr),*) -> $result:expr, $doc:literal;)*) => {
        /// Every function; of one name with several numbers of parameters, one row each.
        pub const FUNCTIONS: &[Signature] = &[$(Signature {
            function: Function::$function,
            name: $name,
            parameters: &[$((stringify!($parameter), $pattern)),*],
            result: $result,
            doc: $doc,
        }),*];
    };
}

functions! {
    Len "len" (value: Sized) -> Int, "The number of bytes of a text, elements of a list or entries of a map.";
    Join "join" (list: List, separator: Text) -> Text, "The texts of a list with a separator between them.";
    Split "split" (text: Text, separator: Text) -> List, "The parts of a text between separators; an empty separator is refused.";
    Lower "lower" (text: Text) -> Text, "The text in lower case.";
    Upper "upper" (text: Text) -> Text, "The text in upper case.";
    Trim "trim" (text: Text) -> Text, "The text without blanks around it.";
    TrimPrefix "trim_prefix" (text: Text, prefix: Text) -> Text, "The text without this beginning, if it has it.";
    TrimSuffix "trim_suffix" (text: Text, suffix: Text) -> Text, "The text without this end, if it has it.";
    TrimStart "trim_start" (text: Text, characters: Text) -> Text, "The text without these characters at its beginning.";
    TrimEnd "trim_end" (text: Text, characters: Text) -> Text, "The text without these characters at its end.";
    Replace "replace" (text: Text, from: Text, to: Text) -> Text, "The text with every `from` replaced.";
    Range "range" (count: Int) -> IntList, "The numbers from 0 up to, not including, `count`.";
    RangeFrom "range" (start: Int, end: Int) -> IntList, "The numbers from `start` up to, not including, `end`.";
    String "string" (value: Pattern::Printable) -> Text, "The value as a template prints it.";
    ToInt "int" (value: Pattern::Printable) -> Optional(&Int), "A decimal text or a whole number as an `Int`; absent if it is none.";
    Round "round" (number: Float) -> Int, "The nearest whole number, a half away from zero.";
    Floor "floor" (number: Float) -> Int, "The greatest whole number that is not above it.";
    Octal "octal" (number: Int) -> Text, "The number in octal digits.";
    Keys "keys" (map: Map) -> List, "The keys of a map, in order.";
    Values "values" (map: Map) -> Listed, "The values of a map, in order.";
    Sort "sort" (list: Ordered) -> Ordered, "The list in ascending order.";
    Unique "unique" (list: Listed) -> Listed, "The list with only the first of equal elements.";
    IndexOf "index_of" (list: Listed, element: Var) -> Optional(&Int), "Where the list first has the element; absent if nowhere.";
    First "first" (list: Listed) -> Optional(&Var), "The first element; absent if there is none.";
    Last "last" (list: Listed) -> Optional(&Var), "The last element; absent if there is none.";
    Min "min" (list: Ordered) -> Optional(&Var), "The least element; absent if there is none.";
    Max "max" (list: Ordered) -> Optional(&Var), "The greatest element; absent if there is none.";
    Basename "basename" (path: Text) -> Text, "The last component of a path.";
    Dirname "dirname" (path: Text) -> Text, "The path without its last component.";
    Within "within" (path: Text, dir: Text) -> Bool, "Whether a path is equal to another or below it, both normalised lexically.";
    Closest "closest" (text: Text, list: List) -> Optional(&Text), "The nearest text of a list, if one is near enough to be a misspelling.";
    Secret "secret" (reference: Text) -> Optional(&Text), "The value of a secret or of a field of it; absent if it was not given.";
    HostDevice "host.device" (path: Text) -> Optional(&Pattern::DeviceType), "The device node at a path of the host; absent if there is none.";
    HostPath "host.path" (path: Text) -> Optional(&PathType), "What is at a path of the host; absent if there is nothing.";
    HostGlob "host.glob" (pattern: Pattern::Literal) -> List, "The paths of the host that match, sorted.";
    HostMajor "host.major" (driver: Text) -> Optional(&Int), "The major number of a character device driver of the host.";
}
