//! The stable codes. P01 syntax · P02 names · P03 types and presence · P04 policy-wide findings · P05 facts and
//! other input · P06 render · P07 limits · P08 layers and files · P09 ours.

use super::Severity;

/// A stable code such as `P0101`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code(&'static Entry);

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Entry {
    id: &'static str,
    severity: Severity,
    title: &'static str,
    page: &'static str,
}

impl Code {
    /// `P0101`
    #[must_use]
    pub const fn id(self) -> &'static str {
        self.0.id
    }

    /// How much it weighs unless configured otherwise.
    #[must_use]
    pub const fn severity(self) -> Severity {
        self.0.severity
    }

    /// A few words for a table of contents.
    #[must_use]
    pub const fn title(self) -> &'static str {
        self.0.title
    }
}

/// The long text of a code, in Markdown: what is wrong, the smallest input that shows it, how to mend it.
///
/// Its fenced blocks can be run: `plim` is a policy that triggers the code, checked alone, without the standard
/// layer; `plim fixed` is that policy mended; `json request` is the request that it is rendered with, where a
/// minimal service `web` does not do. A page about settings has `toml` (a `plimsoll.toml`), one about input has `yaml`
/// (a deployment) or `json request` in the place of the policy, and each of these `fixed` for it mended. A page without
/// any block says why it has none.
#[must_use]
pub const fn explain(code: Code) -> &'static str {
    code.0.page
}

impl std::fmt::Display for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0.id)
    }
}

/// The code of that id, in any case.
#[must_use]
pub fn find(id: &str) -> Option<Code> {
    ALL.iter().copied().find(|code| code.id().eq_ignore_ascii_case(id))
}

macro_rules! codes {
    ($($name:ident $id:literal $severity:ident $title:literal;)*) => {
        /// Every code, in order.
        pub const ALL: &[Code] = &[$(names::$name),*];

        /// The codes by name.
        pub(super) mod names {
            use super::{Code, Entry, Severity};
            $(#[doc = $title]
            pub const $name: Code = Code(&Entry { id: $id, severity: Severity::$severity, title: $title, page: include_str!(concat!("explain/", $id, ".md")) });)*
        }
    };
}

codes! {
    // Syntax.
    SYNTAX "P0101" Error "text that is not part of the language";
    UNTERMINATED "P0102" Error "a string or bracket that is not closed";
    FOREIGN_OPERATOR "P0103" Error "an operator from another language";
    ASSIGN_FOR_EQUAL "P0104" Error "`=` where `==` is meant";
    BAD_LITERAL "P0105" Error "a number or text that cannot be read";
    RESERVED_WORD "P0106" Error "a reserved word used as a name";
    CHAINED_COMPARISON "P0107" Error "a comparison of a comparison";
    BAD_NAME "P0108" Error "a name in the wrong spelling";
    MISPLACED "P0109" Error "a statement or item in the wrong place";
    // Names.
    UNKNOWN_NAME "P0201" Error "a name that nothing has";
    UNKNOWN_FIELD "P0202" Error "a field that the record does not have";
    UNKNOWN_PATH "P0203" Error "a path that the output does not have";
    UNKNOWN_FUNCTION "P0204" Error "a function that does not exist";
    DUPLICATE_NAME "P0205" Error "two items or locals of one name";
    CYCLE "P0206" Error "lets that need each other";
    UNKNOWN_RULE "P0207" Error "a rule that no layer has";
    UNUSED_LET "P0208" Warning "a let that nothing uses";
    DUPLICATE_KEY "P0209" Error "a key written twice in one literal";
    UNKNOWN_TYPE "P0210" Error "a type that does not exist";
    // Types and presence.
    TYPE_MISMATCH "P0301" Error "a value of the wrong type";
    UNKNOWN_WORD "P0302" Error "a word that its closed set does not have";
    MAY_BE_ABSENT "P0303" Error "a value that may be absent";
    NEVER_ABSENT "P0304" Error "an alternative for what is never absent";
    ARITY "P0305" Error "the wrong number of arguments";
    MISSING_FIELD "P0306" Error "a record without a field that it needs";
    WRONG_WRITE "P0307" Error "a write that does not fit its path";
    BAD_CONSTANT "P0308" Error "a constant that its place forbids";
    NOT_THIS_TAG "P0309" Error "a field that this kind of record does not have";
    HOLDS_BY_ABSENCE "P0310" Warning "a condition that holds because something is absent";
    BAD_FACT "P0311" Error "a fact declaration that does not fit";
    NOT_CONSTANT "P0312" Error "a value that must be constant";
    EMPTY_TEST "P0313" Error "a test that expects nothing";
    NOT_A_TEST "P0316" Error "an item other than a test in a file of tests";
    MIXED_GIVEN "P0317" Error "a request given beside other facts";
    NOTHING_WRITTEN "P0318" Error "`from` a rule what no rule writes";
    // Policy-wide.
    CONFLICT "P0401" Error "two writes that disagree";
    NEVER_APPLIES "P0402" Warning "a rule that can never apply";
    CONSTANT_CONDITION "P0403" Warning "a condition that is always true or always false";
    UNDECIDED "P0404" Advice "conditions that are too many to look into";
    MAY_DISAGREE "P0405" Advice "two writes of which nobody knows whether they disagree";
    CANNOT_FAIL "P0410" Warning "an invariant that nothing can break";
    MUST_FAIL "P0411" Warning "an invariant that every service breaks";
    NOT_ALWAYS_WRITTEN "P0412" Warning "a required field that no rule writes for some services";
    SHADOWED_WRITE "P0420" Warning "a write that is always beaten";
    REDUNDANT_WRITE "P0421" Warning "a write that changes nothing";
    FORCE_WITHOUT_REASON "P0422" Warning "a `force` without a reason";
    NODE_NOT_ALLOWED "P0423" Warning "a device node that no rule allows";
    ALLOW_TAKEN_BACK "P0424" Warning "an allowed device that is denied again";
    OUTSIDE_ITS_SET "P0425" Warning "an element that a set needs and does not have";
    VEILED_MOUNT "P0426" Warning "a mount that a path takes the place of";
    IDLE_REPLACEMENT "P0427" Warning "a replacement that changes nothing";
    ORIGINAL_CHANGED "P0430" Warning "an original that has changed since it was replaced or removed";
    NOT_LOCKED "P0431" Warning "a replacement or removal that the lock file does not know";
    STALE_LOCK "P0432" Warning "a lock entry of what is not replaced or removed";
    UNUSED_ALLOW "P0440" Warning "a comment that allows what nothing does";
    BAD_ALLOW "P0441" Error "a comment to plimsoll that cannot be heard";
    // Facts and other input.
    BAD_YAML "P0501" Error "a document that cannot be read";
    UNKNOWN_KEY "P0502" Error "a field that the input does not have";
    DUPLICATE_INPUT_KEY "P0503" Error "a key given twice";
    WRONG_INPUT_TYPE "P0504" Error "an input value of the wrong type";
    MISSING_INPUT "P0505" Error "a required field that is not given";
    BAD_QUANTITY "P0506" Error "a quantity that cannot be read";
    UNKNOWN_INPUT_WORD "P0507" Error "an input word that its closed set does not have";
    UNKNOWN_SERVICE "P0508" Error "a service that the deployment does not have";
    BAD_IMAGE "P0509" Error "an image configuration that cannot be used";
    BAD_OPTION "P0510" Error "an option that cannot be used";
    BAD_RECORDING "P0511" Error "a host recording that cannot be used";
    LOADER_WOULD_REFUSE "P0512" Warning "a deployment that its own loader would refuse";
    BAD_SERVICE_NAME "P0513" Error "a service whose name no container can have";
    HOST_UNREADABLE "P0514" Error "a fact of this machine that cannot be read";
    BAD_ACCOUNTS "P0515" Error "accounts of a root file system that cannot be read";
    EMPTY_LINE "P0520" Error "a line of a stream without a request";
    LINES_REFUSED "P0521" Error "a stream of which requests are refused";
    // Render.
    DENIED "P0601" Error "a service that a rule refuses";
    RENDER_CONFLICT "P0602" Error "two writes that disagree for this service";
    FORBIDDEN_TEXT "P0603" Error "a text that its place forbids";
    OUT_OF_RANGE "P0604" Error "a number that its place cannot hold";
    OVERFLOW "P0605" Error "arithmetic beyond its range";
    DIVISION_BY_ZERO "P0606" Error "a division by zero";
    INVARIANT_BROKEN "P0607" Error "an invariant that the finished spec breaks";
    REQUIRED_MISSING "P0608" Error "a required field of the spec that no rule wrote";
    WARNED "P0609" Warning "a warning that a rule gives";
    REFUSED_BY_RUNTIMES "P0610" Error "a spec that runtimes refuse";
    DROPPED_BY_RUNTIMES "P0611" Warning "a value that runtimes drop";
    // Tests.
    EXPECTATION_FAILED "P0650" Error "an expectation that does not hold";
    WRONG_WRITER "P0651" Error "a value that another rule wrote";
    UNEXPECTED_REFUSAL "P0652" Error "a refusal that a test does not expect";
    NOT_SAID "P0653" Error "a warning or refusal that does not come as expected";
    SNAPSHOT_DIFFERS "P0654" Error "a spec that differs from its snapshot";
    SNAPSHOT_MISSING "P0655" Error "a snapshot that is not there";
    TEST_FILE "P0656" Error "a file of a test that cannot be used";
    NO_TESTS "P0657" Error "no test to run";
    NOT_COVERED "P0658" Warning "a rule or outcome that no test reaches";
    COVERAGE_TOO_LOW "P0659" Error "tests that reach too little of the rules";
    MUTANT_SURVIVED "P0660" Warning "a change that no test notices";
    // Questions.
    UNKNOWN_QUERY "P0680" Error "a path that the output does not have";
    NO_SUCH_RULE "P0681" Error "a rule that the policy does not have";
    // Limits.
    TOO_LARGE "P0701" Error "a source that is too large";
    TOO_DEEP "P0702" Error "nesting that is too deep";
    TOO_MANY_RULES "P0703" Error "more rules than a policy may have";
    TOO_LONG "P0704" Error "a list or string that is too long";
    TOO_MANY_STEPS "P0705" Error "an evaluation that takes too many steps";
    OUTPUT_TOO_LARGE "P0706" Error "a spec that is too large";
    // Layers and files.
    UNREADABLE "P0801" Error "a file that cannot be read";
    NOT_UTF8 "P0802" Error "a file that is not UTF-8";
    BAD_REPLACE "P0803" Error "a replacement of what is not there";
    EMPTY_FILE "P0804" Error "a file that is empty";
    UNWRITABLE "P0805" Error "a file that cannot be written";
    BUNDLE_EXISTS "P0806" Error "a bundle that is there already";
    OBSTRUCTED "P0807" Error "something else where a part of a bundle belongs";
    NO_BUNDLE "P0808" Error "a folder that is no bundle";
    BAD_ROOTFS "P0809" Error "a root file system that cannot be used";
    BAD_BUNDLE_PATH "P0810" Error "a path that no part of a bundle can have";
    BUNDLE_NOT_WRITTEN "P0811" Error "a bundle that the disk refuses";
    BUNDLE_BUSY "P0812" Error "a bundle that somebody else is writing";
    BAD_LOCK "P0820" Error "a lock file that cannot be read";
    LOCK_VERSION "P0821" Error "a lock file of another version";
    DUPLICATE_LOCK "P0822" Error "an item that a lock file has twice";
    BAD_SETTINGS "P0830" Error "settings of a layer that cannot be used";
    WORSE "P0831" Error "edits that would leave more mistakes";
    CHANGED_MEANWHILE "P0840" Error "a file that changed while it was worked on";
    NOT_FORMATTED "P0841" Error "rules that are not in their one layout";
    FOLDER_NOT_EMPTY "P0842" Error "a folder for something new that is not empty";
    BAD_COMPILED "P0850" Error "a file that is no compiled policy";
    // Snapshots and records.
    BAD_SNAPSHOT "P0860" Error "a file that is no snapshot";
    EDITED_SNAPSHOT "P0861" Error "a snapshot edited by hand";
    ORPHANED_SNAPSHOT "P0862" Warning "a snapshot of no service";
    SAME_SNAPSHOT "P0863" Error "two services with one snapshot";
    CORPUS_UNREAD "P0870" Error "a corpus of which a part could not be compared";
    CHANGE_FORBIDDEN "P0871" Error "a change that a review must not have";
    BAD_REVISION "P0872" Error "rules of a commit that cannot be read";
    BAD_RECORD "P0873" Error "a record that cannot be read";
    RECORD_VERSION "P0874" Error "a record of another version";
    // Ours.
    INTERNAL "P0901" Error "a mistake of ours";
}
