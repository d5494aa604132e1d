//! Loops, choices, groups and functions at work.

use super::conditions;
use super::descriptors::Open;
use super::exec::{Call, Flow, Shell};
use super::language::{Command, Compound, List, Redirect, Test, Word, expand, number};
use super::pattern::Pattern;
use super::quote::quote;
use super::redirections::Streams;
use super::state::READONLY;
use super::streams::is_away;
use super::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

/// So many functions may run within each other.
const MOST_CALLS: usize = 40;

impl Shell<'_> {
    /// Runs a loop, a choice or a group, with the input and output of the whole.
    ///
    /// # Errors
    /// Why it does not run, in the words of bash without its name in front.
    pub(super) fn compound(
        &mut self,
        own: &Compound,
        redirects: &[Redirect],
        piped: Option<String>,
    ) -> Result<Output, String> {
        let piped = piped.map(Open::text);
        let Streams { input, targets, before: numbers } = self.streams(redirects, piped.as_ref())?;
        let input = input.or(piped.map(Some));
        let before = input.map(|input| core::mem::replace(&mut self.stdin, input));
        let to_screen = self.to_screen;
        self.to_screen &= !is_away(redirects);
        let done = self.taken(&targets, |shell| shell.body(own));
        self.to_screen = to_screen;
        if let Some(before) = before {
            self.stdin = before;
        }
        self.restore_numbers(numbers);
        let mut output = done.inspect_err(|_| self.give_in())?;
        self.said_before(&mut output);
        let output = self.redirected("", output, &targets)?;
        let mut output = self.sent("", output);
        self.said_before(&mut output);
        Ok(output)
    }

    fn body(&mut self, own: &Compound) -> Result<Output, String> {
        match own {
            Compound::Group(list) => Ok(self.list(list)),
            Compound::Subshell(list) => Ok(self.apart(|shell| shell.list(list))),
            Compound::For { name, words, body } => self.each(name, words.as_ref(), body),
            Compound::Count { parts: [first, test, step], body } => {
                self.counts(first)?;
                self.repeat(
                    body,
                    |shell| Ok((is_blank(test) || shell.counts(test)? != 0, None)),
                    |shell| shell.counts(step).map(drop),
                )
            }
            Compound::While { until, test, body } => self.repeat(
                body,
                |shell| {
                    let done = shell.asked(test);
                    Ok(((done.status == 0) != *until, Some(done)))
                },
                |_| Ok(()),
            ),
            Compound::If { arms, otherwise } => Ok(self.choice(arms, otherwise)),
            Compound::Case { word, arms } => self.case(word, arms),
            Compound::Test(test) => {
                let holds = self.holds(test);
                // A test that cannot be asked ends nothing.
                Ok(match holds {
                    Ok(holds) => Output::status(u8::from(!holds)),
                    Err(why) if self.flow == Flow::Spent => return Err(why),
                    Err(why) => Output::fail(2, format!("bash: {why}\n")),
                })
            }
            Compound::Arithmetic(word) => Ok(match self.traced(word) {
                Ok(number) => Output::status(u8::from(number == 0)),
                Err(why) if self.flow == Flow::Spent => return Err(why),
                Err(why) if why.ends_with(READONLY) => Output::fail(1, format!("bash: {why}\n")),
                Err(why) => Output::fail(1, format!("bash: ((: {why}\n")),
            }),
        }
    }

    /// What an expression comes to.
    fn counts(&mut self, word: &Word) -> Result<i64, String> {
        let text = expand::text(word, self)?;
        number(&text, self)
    }

    /// The same, shown as `set -x` does.
    fn traced(&mut self, word: &Word) -> Result<i64, String> {
        let text = expand::text(word, self)?;
        if self.terminal.state.options.xtrace {
            self.say(format!("+ (( {} ))\n", text.trim()));
        }
        number(&text, self)
    }

    /// Runs what is only asked: a failure ends nothing.
    fn asked(&mut self, test: &List) -> Output {
        self.tested += 1;
        let done = self.list(test);
        self.tested -= 1;
        done
    }

    fn each(&mut self, name: &str, words: Option<&Vec<Word>>, body: &List) -> Result<Output, String> {
        let mut all = Vec::new();
        match words {
            None => all.clone_from(&self.terminal.state.given),
            Some(words) => {
                for word in words {
                    all.extend(expand::words(word, self)?);
                }
            }
        }
        if let Err(why) = self.terminal.state.changes(name) {
            return Ok(Output::fail(1, format!("bash: {why}\n")));
        }
        let shown: Vec<String> = all.iter().map(|word| quote(word)).collect();
        let mut words = all.into_iter();
        self.repeat(
            body,
            |shell| {
                let Some(word) = words.next() else { return Ok((false, None)) };
                if shell.terminal.state.options.xtrace {
                    shell.say(format!("+ for {name} in {}\n", shown.join(" ")));
                }
                shell.put(name, word)?;
                Ok((true, None))
            },
            |_| Ok(()),
        )
    }

    /// Turns of a loop: what is asked before each and what it has printed, what is done, and what is done behind each.
    fn repeat(
        &mut self,
        body: &List,
        mut ask: impl FnMut(&mut Self) -> Result<(bool, Option<Output>), String>,
        mut step: impl FnMut(&mut Self) -> Result<(), String>,
    ) -> Result<Output, String> {
        let (mut all, mut status) = (Output::default(), 0);
        self.loops += 1;
        loop {
            if let Some(over) = self.charged(1) {
                status = over.status;
                all.append(over);
                break;
            }
            let (goes, said) = match ask(self) {
                Ok(asked) => asked,
                Err(why) => {
                    self.loops -= 1;
                    return Err(why);
                }
            };
            all.stderr.push_str(&core::mem::take(&mut self.aside));
            if let Some(said) = said {
                all.append(said);
            }
            if !goes || self.flow != Flow::Next {
                if self.flow != Flow::Next {
                    status = all.status;
                    self.turned();
                }
                break;
            }
            let done = self.list(body);
            status = done.status;
            all.append(done);
            all.stdout = self.shortened(core::mem::take(&mut all.stdout));
            all.stderr = self.shortened(core::mem::take(&mut all.stderr));
            if !self.turned() {
                break;
            }
            if let Err(why) = step(self) {
                self.loops -= 1;
                return Err(why);
            }
        }
        self.loops -= 1;
        all.status = status;
        Ok(all)
    }

    /// Whether the loop goes on after a turn.
    fn turned(&mut self) -> bool {
        let (goes, flow) = match self.flow {
            Flow::Next => (true, Flow::Next),
            Flow::Continue(1) => (true, Flow::Next),
            Flow::Continue(more) => (false, Flow::Continue(more - 1)),
            Flow::Break(1) => (false, Flow::Next),
            Flow::Break(more) => (false, Flow::Break(more - 1)),
            other => (false, other),
        };
        self.flow = flow;
        goes
    }

    fn choice(&mut self, arms: &[(List, List)], otherwise: &List) -> Output {
        let mut all = Output::default();
        for (test, body) in arms {
            let asked = self.asked(test);
            let holds = asked.status == 0;
            all.append(asked);
            if self.flow != Flow::Next {
                return all;
            }
            if holds {
                all.append(self.list(body));
                return all;
            }
        }
        all.status = 0;
        if !otherwise.is_empty() {
            all.append(self.list(otherwise));
        }
        all
    }

    fn case(&mut self, word: &Word, arms: &[(Vec<Word>, List)]) -> Result<Output, String> {
        let own: Vec<char> = expand::text(word, self)?.chars().collect();
        for (patterns, body) in arms {
            for pattern in patterns {
                if Pattern::new(&expand::pattern(pattern, self)?).fits(&own) {
                    let mut done = self.list(body);
                    done.status = if body.is_empty() { 0 } else { done.status };
                    return Ok(done);
                }
            }
        }
        Ok(Output::default())
    }

    /// Whether what `[[ … ]]` asks holds.
    fn holds(&mut self, test: &Test) -> Result<bool, String> {
        match test {
            Test::Word(word) => expand::text(word, self).map(|text| !text.is_empty()),
            Test::Of(sign, word) => {
                let text = expand::text(word, self)?;
                conditions::of(self, sign, &text).ok_or_else(|| format!("{sign}: unary operator expected"))
            }
            Test::Between(left, sign, right) => {
                let left = expand::text(left, self)?;
                match sign.as_str() {
                    "==" | "=" | "!=" => {
                        let own: Vec<char> = left.chars().collect();
                        let fits = Pattern::new(&expand::pattern(right, self)?).fits(&own);
                        Ok(fits == (sign != "!="))
                    }
                    "=~" => {
                        self.terminal.state.found = conditions::matches(&left, &expand::expression(right, self)?)?;
                        Ok(!self.terminal.state.found.is_empty())
                    }
                    "-eq" | "-ne" | "-lt" | "-le" | "-gt" | "-ge" => {
                        let right = expand::text(right, self)?;
                        let (left, right) = (number(&left, self)?, number(&right, self)?);
                        conditions::between(self, &left.to_string(), sign, &right.to_string())
                    }
                    _ => {
                        let right = expand::text(right, self)?;
                        conditions::between(self, &left, sign, &right)
                    }
                }
            }
            Test::Not(inner) => self.holds(inner).map(|holds| !holds),
            Test::All(tests) => {
                for test in tests {
                    if !self.holds(test)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Test::Any(tests) => {
                for test in tests {
                    if self.holds(test)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    /// Runs a function with its words.
    pub(super) fn function(&mut self, name: &str, words: &[String], body: &Command) -> Output {
        if self.calls.len() >= MOST_CALLS {
            return self.spend(&format!("ECS Lab: this line has nested calls of functions deeper than {MOST_CALLS}"));
        }
        let given = core::mem::replace(&mut self.terminal.state.given, words.to_vec());
        let loops = core::mem::take(&mut self.loops);
        let traced = self.terminal.state.options.errtrace;
        let trap = if traced { None } else { self.terminal.state.traps.remove("ERR") };
        self.calls.push(Call { name: name.to_string(), line: self.line, hidden: Vec::new() });
        let output = self.command(body, None);
        for (name, before) in self.calls.pop().into_iter().flat_map(|own| own.hidden).rev() {
            match before {
                Some(variable) => drop(self.terminal.variables.insert(name, variable)),
                None => drop(self.terminal.variables.remove(&name)),
            }
        }
        if let Some(trap) = trap.filter(|_| !self.terminal.state.traps.contains_key("ERR")) {
            self.terminal.state.traps.insert("ERR".to_string(), trap);
        }
        self.loops = loops;
        self.terminal.state.given = given;
        if self.flow == Flow::Return {
            self.flow = Flow::Next;
        }
        output
    }
}

/// Whether an expression is left out.
fn is_blank(word: &Word) -> bool {
    word.iter().all(|part| matches!(part, super::language::command::Part::Quoted(text) if text.trim().is_empty()))
}
