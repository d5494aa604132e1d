//! What the Session Manager plugin prints of a session that `aws ecs execute-command` began.

use crate::ecs::program;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::String;
use serde_json::Value;

/// The whole session: it begins, the command says what the lab knows that it says, and it ends.
pub(super) fn of(reply: &Value, command: &str) -> Output {
    let id = reply["session"]["sessionId"].as_str().unwrap_or_default();
    let said = program::says(&["sh", "-c", command], &[]);
    let lines: String = said.iter().map(|(_, line)| format!("{line}\n")).collect();
    let stdout = format!(
        "\nThe Session Manager plugin was installed successfully. Use the AWS CLI to start a session.\n\n\nStarting session with \
         SessionId: {id}\n{lines}\n\nExiting session with sessionId: {id}.\n\n"
    );
    let stderr = match said.is_empty() {
        true => String::from("lab: nobody can type into a container of the lab: the session ends at once\n"),
        false => String::new(),
    };
    Output { stderr, ..Output::print(stdout) }
}
