//! The grammar: the only file that sees pest.

use pest::Parser;
use pest::error::{ErrorVariant, InputLocation};

/// One node that the grammar found.
pub(super) type Pair<'t> = pest::iterators::Pair<'t, Rule>;
/// Nodes beside each other.
pub(super) type Pairs<'t> = pest::iterators::Pairs<'t, Rule>;

// pest derives a public enum without docs; the module keeps it in here.
mod derived {
    #![allow(missing_docs, unreachable_pub)]

    #[derive(pest_derive::Parser)]
    #[grammar = "../grammar/plimsoll.pest"]
    pub struct Grammar;
}
pub(super) use derived::Rule;

/// Where a text stopped being one of the language, and what could have gone on there.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) at: usize,
    pub(super) expected: Vec<Rule>,
}

/// The text of one item as a tree of nodes.
pub(super) fn parse(text: &str) -> Result<Pairs<'_>, Failure> {
    derived::Grammar::parse(Rule::item, text).map_err(|error| {
        let at = match error.location {
            InputLocation::Pos(at) | InputLocation::Span((at, _)) => at,
        };
        let expected = match error.variant {
            ErrorVariant::ParsingError { positives, .. } => positives,
            ErrorVariant::CustomError { .. } => Vec::new(),
        };
        Failure { at, expected }
    })
}

/// What a person calls it.
pub(super) fn name(rule: Rule) -> &'static str {
    match rule {
        Rule::WHITESPACE | Rule::space => "a blank",
        Rule::COMMENT => "a comment",
        Rule::item => "an item",
        Rule::let_item | Rule::let_effect => "a `let`",
        Rule::rule_item => "a rule",
        Rule::invariant_item => "an invariant",
        Rule::fact_item => "a fact",
        Rule::remove_item => "a removal",
        Rule::test_item => "a test",
        Rule::guard => "`when` or `unless`",
        Rule::doc | Rule::string => "a text in double quotes",
        Rule::steps | Rule::block | Rule::map | Rule::record_type | Rule::group => "`{`",
        Rule::given | Rule::kw_given => "`given`",
        Rule::expect | Rule::kw_expect => "`expect`",
        Rule::outcome => "`warning`, `denied` or `snapshot`",
        Rule::code => "a code such as `P0601`",
        Rule::effect | Rule::change | Rule::write | Rule::unset => "an effect",
        Rule::if_effect | Rule::kw_if => "`if`",
        Rule::for_effect | Rule::clause | Rule::kw_for => "`for`",
        Rule::loop_head | Rule::binder => "a name",
        Rule::warn_effect | Rule::kw_warn => "`warn`",
        Rule::deny_effect | Rule::kw_deny => "`deny`",
        Rule::require_effect | Rule::kw_require => "`require`",
        Rule::strength => "`default` or `force`",
        Rule::write_op => "`=`, `+=` or `-=`",
        Rule::because | Rule::kw_because => "`because`",
        Rule::tail | Rule::kw_else => "`else`",
        Rule::out_path => "a path of the output",
        Rule::expr | Rule::or_expr | Rule::head_expr | Rule::hole_expr => "an expression",
        Rule::operand | Rule::head_operand | Rule::primary | Rule::head_primary | Rule::head_rest => "an expression",
        Rule::operator | Rule::or_operator | Rule::hole_operator | Rule::or_words | Rule::symbol => "an operator",
        Rule::arithmetic | Rule::is_test => "an operator",
        Rule::not_op => "`not`",
        Rule::negative => "`-`",
        Rule::paren | Rule::arguments => "`(`",
        Rule::postfix | Rule::field => "`.`",
        Rule::index | Rule::list | Rule::computed => "`[`",
        Rule::sort | Rule::kw_sort => "`sort by`",
        Rule::entry => "an entry `key: value`",
        Rule::type_expr | Rule::type_atom => "a type",
        Rule::list_type | Rule::kw_list => "`List`",
        Rule::map_type | Rule::kw_map => "`Map`",
        Rule::member => "a field `name: Type`",
        Rule::optional => "`?`",
        Rule::text => "text",
        Rule::escape => "an escape",
        Rule::hole => "a hole",
        Rule::number | Rule::digits | Rule::exponent => "a number",
        Rule::boolean => "`true` or `false`",
        Rule::name | Rule::word | Rule::word_start | Rule::word_char => "a name",
        Rule::rule_name | Rule::segment => "the name of a rule",
        Rule::assign => "`=`",
        Rule::colon => "`:`",
        Rule::reserved => "a reserved word",
        Rule::kw_by => "`by`",
        Rule::kw_denied => "`denied`",
        Rule::kw_fact => "`fact`",
        Rule::kw_from => "`from`",
        Rule::kw_in => "`in`",
        Rule::kw_invariant => "`invariant`",
        Rule::kw_let => "`let`",
        Rule::kw_like => "`like`",
        Rule::kw_no => "`no`",
        Rule::kw_remove => "`remove`",
        Rule::kw_replace => "`replace`",
        Rule::kw_rule => "`rule`",
        Rule::kw_skip => "`skip`",
        Rule::kw_snapshot => "`snapshot`",
        Rule::kw_string => "`String`",
        Rule::kw_test => "`test`",
        Rule::kw_unless => "`unless`",
        Rule::kw_unset => "`unset`",
        Rule::kw_warning => "`warning`",
        Rule::kw_when => "`when`",
        Rule::EOI => "the end of the item",
    }
}

#[cfg(test)]
mod tests {
    use super::{Rule, parse};
    use crate::source::SourceMap;

    /// A rule of the grammar that no valid fixture uses is untested, or dead.
    #[test]
    fn fixtures_use_every_rule() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/syntax/ok");
        let mut used = Vec::new();
        for entry in std::fs::read_dir(folder).unwrap() {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let source = SourceMap::for_policy().add("", text.as_str());
            for extent in crate::syntax::scan::items(source, &text, crate::syntax::Limits::MOST, 1, &mut Vec::new()) {
                let pairs = parse(text.get(extent.start..extent.end).unwrap()).unwrap();
                used.extend(pairs.flatten().map(|pair| pair.as_rule()));
            }
        }
        let grammar = include_str!("../../grammar/plimsoll.pest");
        let silent: Vec<&str> = grammar.lines().filter_map(|line| Some(line.split_once("= _{")?.0.trim())).collect();
        let unused: Vec<&Rule> = Rule::all_rules()
            .iter()
            .filter(|rule| !used.contains(rule) && !silent.contains(&format!("{rule:?}").as_str()))
            .collect();
        assert!(unused.is_empty(), "{unused:?}");
    }
}
