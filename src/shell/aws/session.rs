//! What the Session Manager plugin prints of a session that `aws ecs execute-command` began (6.6).
//!
//! The command runs as root and without a shell, so a bare name has to be in the PATH of the container. A shell without a
//! script is entered: the lines that follow are typed there, until `exit`. Either way the agent logs it at its end.

use crate::event::{HexId, TaskKey};
use crate::shell::exec::Shell;
use crate::shell::inside::{self, Container, Ran, Session, Way};
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use serde_json::Value;

/// The whole session of a command that ends, or the beginning of one with a shell.
pub(super) fn of(shell: &mut Shell<'_>, reply: &Value, command: &str) -> Output {
    let id = reply["session"]["sessionId"].as_str().unwrap_or_default();
    let begins = format!(
        "\nThe Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\n\n\nStarting session with \
         SessionId: {id}\n"
    );
    let Some(container) = found(shell, reply) else { return Output::print(begins + &inside::ended(id)) };
    if let Some(why) = inside::refusal(shell.lab, &container) {
        return Output::print(format!("{begins}\n\nSessionId: {id} : {why}\n\n"));
    }
    let mut session = Session::new(id);
    match inside::once(shell, container.clone(), &split(command), "") {
        // What is typed there would go into the pipe.
        Ran::Prompt(_) if !shell.to_screen => {
            let stderr = inside::keep(shell.lab, &container, &session);
            Output { stderr, ..Output::print(begins + &inside::ended(id)) }
        }
        Ran::Prompt(by) => {
            inside::enter(shell.terminal, container, &by, Way::Session(session));
            Output::print(begins)
        }
        Ran::Done(output) => {
            let told = session.hear(&output);
            let stderr = told + &inside::keep(shell.lab, &container, &session);
            Output { stderr, ..Output::print(begins + session.text() + &inside::ended(id)) }
        }
        Ran::Absent(why) => {
            let why = format!("----------ERROR-------\nUnable to start command: Failed to start pty: {why}");
            Output::print(format!("{begins}\n\nSessionId: {id} : \n{why}\n\n"))
        }
    }
}

/// The container that the session leads to.
fn found(shell: &Shell<'_>, reply: &Value) -> Option<Container> {
    let last = |member: &str| reply[member].as_str()?.rsplit('/').next();
    let id: HexId = last("taskArn")?.parse().ok()?;
    let cluster = shell.lab.world().ecs().cluster(last("clusterArn")?)?.id;
    Container::of_task(shell.lab, TaskKey { cluster, id }, reply["containerName"].as_str()?)
}

/// A command's words, as a shell would part them that expands nothing.
fn split(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote, mut any) = (Vec::new(), String::new(), None, false);
    let mut signs = command.chars();
    while let Some(sign) = signs.next() {
        match (quote, sign) {
            (Some(open), _) if sign == open => quote = None,
            (None, '\'' | '"') => (quote, any) = (Some(sign), true),
            (None | Some('"'), '\\') => word.extend(signs.next()),
            (None, _) if sign.is_whitespace() => {
                if any || !word.is_empty() {
                    words.push(core::mem::take(&mut word));
                }
                any = false;
            }
            _ => word.push(sign),
        }
    }
    if any || !word.is_empty() {
        words.push(word);
    }
    words
}
