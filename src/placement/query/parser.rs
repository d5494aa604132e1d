//! Text → [`Expression`], by recursive descent with a limit on how deep it goes.

use super::tokens::Tokens;
use super::{Argument, Expression, Fault, Kind, Operator, Pattern, QueryError, SUBJECTS, Subject, Test, Version};
use crate::sim::SimTime;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

/// How deep parentheses and `not` may nest; AWS publishes no limit, ours keeps the stack small.
pub const NESTING_LIMIT: u32 = 100;

impl Expression {
    /// Reads an expression. The 2,000 characters of CN-06 are the caller's rule; any text is safe here.
    #[inline(never)]
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut tokens = Tokens::new(text);
        let expression = either(&mut tokens, 0)?;
        if tokens.at_end() { Ok(expression) } else { Err(tokens.unexpected("'and', 'or' or the end")) }
    }
}

fn either(tokens: &mut Tokens<'_>, depth: u32) -> Result<Expression, QueryError> {
    let mut parts = Vec::new();
    loop {
        parts.push(both(tokens, depth)?);
        if !(tokens.sign("||") || tokens.keyword("or")) {
            return Ok(only(parts, Expression::Any));
        }
    }
}

fn both(tokens: &mut Tokens<'_>, depth: u32) -> Result<Expression, QueryError> {
    let mut parts = Vec::new();
    loop {
        parts.push(unary(tokens, depth)?);
        if !(tokens.sign("&&") || tokens.keyword("and")) {
            return Ok(only(parts, Expression::All));
        }
    }
}

fn only(mut parts: Vec<Expression>, chain: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(part) if parts.is_empty() => part,
        last => {
            parts.extend(last);
            chain(parts)
        }
    }
}

fn unary(tokens: &mut Tokens<'_>, depth: u32) -> Result<Expression, QueryError> {
    if depth >= NESTING_LIMIT {
        return Err(tokens.unexpected(alloc::format!("at most {NESTING_LIMIT} nested parentheses and negations")));
    }
    if tokens.bang() || tokens.keyword("not") {
        return Ok(Expression::Not(Box::new(unary(tokens, depth + 1)?)));
    }
    if tokens.sign("(") {
        let inner = either(tokens, depth + 1)?;
        return if tokens.sign(")") { Ok(inner) } else { Err(tokens.unexpected("'and', 'or' or ')'")) };
    }
    test(tokens).map(Expression::Test)
}

fn test(tokens: &mut Tokens<'_>) -> Result<Test, QueryError> {
    let subject = subject(tokens)?;
    let row = subject.row();
    let at = tokens.next_at();
    let Some((operator, written)) = tokens.operator() else {
        return Err(tokens.unexpected(operators(row.operators)));
    };
    if !row.operators.contains(&operator) {
        let fault = Fault::Operator { subject: row.name };
        return Err(QueryError { fault, found: String::from(written), ..tokens.fault(at, operators(row.operators)) });
    }
    let argument = argument(tokens, operator, row.kind)?;
    Ok(Test { subject, operator, argument })
}

fn subject(tokens: &mut Tokens<'_>) -> Result<Subject, QueryError> {
    let at = tokens.next_at();
    if tokens.sign("attribute:") {
        let at = at + "attribute:".len();
        let name = tokens.name(false);
        return match name.len() {
            1..=128 => Ok(Subject::Attribute(String::from(name))),
            _ => Err(tokens.fault(at, "an attribute name of 1 to 128 letters, digits and - _ / \\ .")),
        };
    }
    Subject::named(tokens.name(true)).ok_or_else(|| {
        let names: Vec<&str> = SUBJECTS.iter().map(|row| row.name).collect();
        tokens.fault(at, alloc::format!("'not', '(' or a subject ({})", names.join(" ")))
    })
}

fn operators(allowed: &[Operator]) -> String {
    let signs: Vec<&str> = allowed.iter().map(|operator| operator.sign()).collect();
    alloc::format!("an operator ({})", signs.join(" "))
}

fn argument(tokens: &mut Tokens<'_>, operator: Operator, kind: Kind) -> Result<Argument, QueryError> {
    if operator.takes_nothing() {
        return Ok(Argument::Nothing);
    }
    if operator.takes_list() {
        return list(tokens, kind).map(Argument::List);
    }
    let at = tokens.next_at();
    let text = tokens.value(operator.takes_pattern())?;
    if operator.takes_pattern() {
        return match Pattern::parse(&text) {
            Ok(pattern) => Ok(Argument::Pattern(pattern)),
            Err(expected) => Err(QueryError { found: text.chars().take(60).collect(), ..tokens.fault(at, expected) }),
        };
    }
    let typed = match kind {
        Kind::Text => Some(Argument::Text(text)),
        Kind::Flag => flag(&text).then_some(Argument::Text(text)),
        Kind::Version => Version::parse(&text).map(Argument::Version),
        Kind::Moment => SimTime::parse(&text).ok().map(Argument::Moment),
        Kind::Count => text.parse().ok().map(Argument::Count),
    };
    typed.ok_or_else(|| tokens.fault(at, wanted(kind)))
}

fn list(tokens: &mut Tokens<'_>, kind: Kind) -> Result<Vec<String>, QueryError> {
    if !tokens.sign("[") {
        return Err(tokens.unexpected("a list such as [a, b]"));
    }
    let mut values = Vec::new();
    loop {
        let at = tokens.next_at();
        let value = tokens.value(false)?;
        if kind == Kind::Flag && !flag(&value) {
            return Err(tokens.fault(at, wanted(kind)));
        }
        values.push(value);
        if tokens.sign("]") {
            return Ok(values);
        }
        if !tokens.sign(",") {
            return Err(tokens.unexpected("',' or ']'"));
        }
    }
}

fn flag(text: &str) -> bool {
    matches!(text, "true" | "false")
}

fn wanted(kind: Kind) -> &'static str {
    match kind {
        Kind::Flag => "true or false",
        Kind::Version => "a version such as 1.105.1",
        Kind::Text => "a value",
        Kind::Moment => "a time such as 2018-06-18T22:28:28Z or 2018-06-18",
        Kind::Count => "a whole number",
    }
}
