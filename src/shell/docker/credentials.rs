//! Credential helpers: the program that docker asks for a login, where its configuration names one, and the one of Amazon
//! ECR.
//!
//! Source: the ECR user guide, "Private registry authentication", on the credential helper, and the texts of docker's client
//! and of the helper, which takes no logins.

use super::config;
use super::login::check;
use super::registry::Refused;
use crate::aws::Account;
use crate::aws::object::object;
use crate::ecr::host;
use crate::lab::{ApiCall, Command};
use crate::shell::exec::Shell;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// What the helper of Amazon ECR is called in docker's configuration.
const ECR_LOGIN: &str = "ecr-login";
/// Its program.
pub(in crate::shell) const PROGRAM: &str = "docker-credential-ecr-login";
const VERSION: &str = "0.12.0";
/// The package that has it.
const PACKAGE: &str = "amazon-ecr-credential-helper";

/// The helper that docker's configuration names for a registry.
pub(super) fn helper(shell: &Shell<'_>, host: &str) -> Option<String> {
    let whole = config::whole(shell).ok()?;
    let own = whole["credHelpers"][host].as_str().or_else(|| whole["credsStore"].as_str())?;
    Some(own.to_string()).filter(|own| !own.is_empty())
}

/// Why a login cannot be kept by the helper of a registry; none without a helper.
pub(super) fn keeps_none(shell: &Shell<'_>, host: &str) -> Option<String> {
    let helper = helper(shell, host)?;
    let why = match is_there(shell, &helper) {
        true => "exit status 1, out: `not implemented`".to_string(),
        false => missing(&helper),
    };
    Some(format!("Error saving credentials: error storing credentials - err: {why}\n"))
}

/// What docker says of a helper that there is not.
pub(super) fn missing(helper: &str) -> String {
    format!("exec: \"docker-credential-{helper}\": executable file not found in $PATH, out: ``")
}

fn is_there(shell: &Shell<'_>, helper: &str) -> bool {
    helper == ECR_LOGIN && shell.terminal.docker.has_helper
}

/// As whom a helper opens a registry.
///
/// # Errors
/// There is no such helper, or it gets no token.
pub(super) fn caller(shell: &mut Shell<'_>, helper: &str, account: &Account) -> Result<String, Refused> {
    if !is_there(shell, helper) {
        return Err(Refused::NoHelper(helper.to_string()));
    }
    let password = password(shell, account).map_err(Refused::NoToken)?;
    check(shell, &password, account).map_err(|_| Refused::NoLogin)
}

/// A new password for a registry, of whom the prompt's settings name.
///
/// # Errors
/// Why there is none.
fn password(shell: &mut Shell<'_>, account: &Account) -> Result<String, String> {
    if !host::is_account(&account.id) {
        return Err(format!("{} is no account of twelve digits", account.id));
    }
    let caller = shell
        .caller(None, ("ecr", "GetAuthorizationToken"))
        .map_err(|_| "this prompt has no credentials".to_string())?;
    let call = ApiCall { caller, ..ApiCall::new("ecr", "GetAuthorizationToken", object!({})) };
    let reply = match account.region == shell.lab.start().region {
        true => shell.lab.apply(Command::Api(call)).map(|done| done.reply),
        false => shell.lab.world().read_in(&account.region, &call),
    };
    let reply = reply.map_err(|error| error.message)?;
    let token = reply["authorizationData"][0]["authorizationToken"].as_str().unwrap_or_default();
    let pair = STANDARD.decode(token).ok().and_then(|own| String::from_utf8(own).ok()).unwrap_or_default();
    Ok(pair.trim_start_matches("AWS:").to_string())
}

/// Runs the helper itself: `get` reads the address of a registry.
pub(in crate::shell) fn run(shell: &mut Shell<'_>, words: &[String], input: &str) -> Option<Output> {
    if !shell.terminal.docker.has_helper {
        return None;
    }
    let plain: alloc::vec::Vec<&str> = words.iter().map(String::as_str).collect();
    Some(match plain.as_slice() {
        ["get"] => {
            let server = input.trim();
            let host = server.trim_start_matches("https://");
            let account = host::read(host).map(|(id, region)| Account { id: id.into(), region: region.into() });
            match account.and_then(|account| password(shell, &account).ok()) {
                Some(secret) => {
                    let shown = object!({ "ServerURL": server, "Username": "AWS", "Secret": secret });
                    Output::print(format!("{shown}\n"))
                }
                None => {
                    Output { stdout: "credentials not found in native keychain\n".to_string(), ..Output::fail(1, "") }
                }
            }
        }
        ["list"] => Output::print("{}\n"),
        ["version"] => {
            Output::print(format!("{PROGRAM} (github.com/awslabs/amazon-ecr-credential-helper/ecr-login) {VERSION}\n"))
        }
        ["store" | "erase"] => Output { stdout: "not implemented\n".to_string(), ..Output::fail(1, "") },
        _ => Output::fail(1, format!("Usage: {PROGRAM} <store|get|erase|list|version>\n")),
    })
}

/// The managers of packages that the guide's readers may try; the prompt has the first two.
const MANAGERS: [&str; 5] = ["dnf", "yum", "apt", "apt-get", "brew"];

/// `dnf` and `yum`, of whose packages this one alone changes what the prompt can do; none for others.
pub(in crate::shell) fn install(shell: &mut Shell<'_>, name: &str, words: &[String], root: bool) -> Option<Output> {
    let plain: alloc::vec::Vec<&str> = words.iter().map(String::as_str).filter(|own| !own.starts_with('-')).collect();
    let (installs, package) = match plain.as_slice() {
        ["install", package] => (true, *package),
        ["remove" | "erase", package] => (false, *package),
        _ => return None,
    };
    if package != PACKAGE || !MANAGERS.contains(&name) {
        return None;
    }
    if !["dnf", "yum"].contains(&name) {
        let why = format!("this prompt is that of Amazon Linux 2023: sudo dnf install -y {PACKAGE}");
        return Some(Output::fail(127, format!("ECS Lab has no {name}: {why}\n")));
    }
    if !root {
        let why =
            "Error: This command has to be run with superuser privileges (under the root user on most systems).\n";
        return Some(Output::fail(1, why));
    }
    let before = core::mem::replace(&mut shell.terminal.docker.has_helper, installs);
    Some(Output::print(match (installs, before) {
        (true, false) => format!("Dependencies resolved.\n\nInstalled:\n  {PACKAGE}\n\nComplete!\n"),
        (true, true) => {
            format!("Package {PACKAGE} is already installed.\nDependencies resolved.\nNothing to do.\nComplete!\n")
        }
        (false, true) => format!("Dependencies resolved.\n\nRemoved:\n  {PACKAGE}\n\nComplete!\n"),
        (false, false) => format!(
            "No match for argument: {PACKAGE}\nNo packages marked for removal.\nDependencies resolved.\nNothing to do.\nComplete!\n"
        ),
    }))
}
