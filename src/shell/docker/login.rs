//! `docker login` and `docker logout` (3.3).

use super::config::{self, HUB};
use super::name::registry;
use super::{credentials, daemon, options, value};
use crate::aws::Account;
use crate::ecr::host::is_account;
use crate::ecr::token::{self, Denied};
use crate::shell::exec::Shell;
use crate::shell::terminal::Output;
use alloc::format;
use alloc::string::{String, ToString};

const INSECURE: &str = "WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n";

/// How the access tokens of Docker Hub begin: the lab knows nobody's, and takes any.
pub(super) const HUB_TOKEN: &str = "dckr_pat_";
const HUB_HINT: &str =
    "ECS Lab: its Docker Hub opens to any personal access token, a password that begins with dckr_pat_\n";

pub(super) fn login(shell: &mut Shell<'_>, words: &[String], input: &str) -> Output {
    let (given, names) = match options("login", words) {
        Ok(read) => read,
        Err(output) => return output,
    };
    let user = value(&given, "--username");
    let piped = value(&given, "--password-stdin").is_some();
    let typed = value(&given, "--password");
    if piped && user.is_none() {
        return Output::fail(1, "Must provide --username with --password-stdin\n");
    }
    let password = if piped { input.trim_end_matches(['\n', '\r']) } else { typed.unwrap_or_default() };
    let (Some(user), false) = (user, password.is_empty()) else {
        return Output::fail(1, "Error: Cannot perform an interactive login from a non TTY device\n");
    };
    let host = host(names.first().map(String::as_str));
    let warning = if piped { "" } else { INSECURE };
    let refused = |why: &str| Output::fail(0, warning).then(daemon(why));
    if host.is_empty() && password.starts_with(HUB_TOKEN) {
        return Output::fail(0, warning).then(keep(shell, &host, user, password));
    }
    if host == "public.ecr.aws" {
        let opens = token::check_public(password, &["us-east-1", "us-west-2"], shell.lab.now());
        if user != "AWS" || opens.is_err() {
            let status = if opens == Err(Denied::Expired) { "403 Forbidden" } else { "400 Bad Request" };
            return refused(&format!("login attempt to https://{host}/v2/ failed with status: {status}"));
        }
        return Output::fail(0, warning).then(keep(shell, &host, user, password));
    }
    let Some(account) = registry(&host) else {
        let host = if host.is_empty() { "registry-1.docker.io" } else { &host };
        let mut output = refused(&format!("Get \"https://{host}/v2/\": unauthorized: incorrect username or password"));
        if host == "registry-1.docker.io" {
            output.stderr.push_str(HUB_HINT);
        }
        return output;
    };
    let failed = |status: &str| refused(&format!("login attempt to https://{host}/v2/ failed with status: {status}"));
    if user != "AWS" || !is_account(&account.id) {
        return failed("400 Bad Request");
    }
    match check(shell, password, &account) {
        Err(Denied::Wrong) => failed("400 Bad Request"),
        Err(Denied::Expired) => failed("401 Unauthorized"),
        Ok(_) => Output::fail(0, warning).then(keep(shell, &host, user, password)),
    }
}

/// Whether a token is good in a registry's Region, and who took it; it opens the registries of every account.
pub(super) fn check(shell: &Shell<'_>, password: &str, account: &Account) -> Result<String, Denied> {
    let own = &shell.lab.world().options().account;
    let account = Account { id: own.id.clone(), region: account.region.clone() };
    token::check(password, &account, shell.lab.now())
}

pub(super) fn logout(shell: &mut Shell<'_>, words: &[String]) -> Output {
    let host = host(words.first().map(String::as_str));
    let shown = if host.is_empty() { HUB } else { &host };
    if config::login(shell, &host).is_none() {
        return Output::print(format!("Not logged in to {shown}\n"));
    }
    match config::write(shell, &host, None) {
        Ok(()) => Output::print(format!("Removing login credentials for {shown}\n")),
        Err(why) => Output::fail(1, format!("WARNING: could not erase credentials:\n{shown}: {why}\n")),
    }
}

/// Keeps a login, unless a credential helper ought to, which takes none.
fn keep(shell: &mut Shell<'_>, host: &str, user: &str, password: &str) -> Output {
    let key = if host.is_empty() { HUB } else { host };
    if let Some(why) = credentials::keeps_none(shell, key) {
        return Output::fail(1, why);
    }
    match config::write(shell, host, Some((user, password))) {
        Ok(()) => Output::print("Login Succeeded\n"),
        Err(why) => Output::fail(1, format!("Error saving credentials: {why}\n")),
    }
}

/// The host that a server's address names.
pub(super) fn host(server: Option<&str>) -> String {
    let server = server.unwrap_or_default();
    let server = server.strip_prefix("https://").or_else(|| server.strip_prefix("http://")).unwrap_or(server);
    let host = server.split('/').next().unwrap_or_default();
    let hub = ["docker.io", "index.docker.io", "registry-1.docker.io"].contains(&host);
    if hub { String::new() } else { host.to_string() }
}
