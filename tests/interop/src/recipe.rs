//! The recipes of a page: shell blocks whose fence names them, such as "```sh openssl".

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::tool::Said;

/// A recipe as it stands on the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipe {
    /// Its name.
    pub name: String,
    /// What is typed.
    pub text: String,
}

/// The named blocks of a page, in order. Blocks without a name are not recipes.
///
/// # Errors
/// When a name is there twice, or a block does not end.
pub fn read(page: &str) -> io::Result<Vec<Recipe>> {
    let mut recipes: Vec<Recipe> = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let Some(fence) = line.strip_prefix("```") else {
            continue;
        };
        let mut text = String::new();
        let ended = lines.by_ref().any(|line| {
            let end = line == "```";
            if !end {
                text.push_str(line);
                text.push('\n');
            }
            end
        });
        if !ended {
            return Err(io::Error::other(format!("{line}: the block does not end")));
        }
        let Some(name) = fence.strip_prefix("sh ") else {
            continue;
        };
        if recipes.iter().any(|known| known.name == name) {
            return Err(io::Error::other(format!("{name} is there twice")));
        }
        let name = name.to_owned();
        recipes.push(Recipe { name, text });
    }
    Ok(recipes)
}

/// Where a recipe is followed.
#[derive(Debug)]
pub struct Kitchen<'a> {
    /// The working directory, and the home.
    pub folder: &'a Path,
    /// The module.
    pub module: PathBuf,
    /// The PIN, for `$PIN` and for whoever asks.
    pub pin: &'a str,
}

/// How often a program may ask for the PIN.
const ANSWERS: usize = 8;

impl Kitchen<'_> {
    /// Follows a recipe as an ordinary user (p11-kit reads no user's configuration for root), in a shell that
    /// stops at the first command that fails. There is no terminal: what asks for the PIN there reads it from
    /// standard input, or from the program that OpenSSH asks.
    ///
    /// # Errors
    /// When the shell cannot be started.
    pub fn follow(&self, recipe: &Recipe) -> io::Result<Said> {
        let ask = self.folder.join("askpass");
        std::fs::write(&ask, "#!/bin/sh\nprintf '%s\\n' \"$PIN\"\n")?;
        executable(&ask)?;
        let mut shell = Command::new("setsid");
        shell
            .args(["--wait", "unshare", "--user"])
            .args(["--map-user=1000", "--map-group=1000"])
            .args(["sh", "-e", "-c", &recipe.text])
            .current_dir(self.folder)
            .env("HOME", self.folder)
            .env("XDG_CONFIG_HOME", self.folder.join(".config"))
            .env("XDG_CACHE_HOME", self.folder.join(".cache"))
            .env("MODULE", &self.module)
            .env("PIN", self.pin)
            .env("SSH_ASKPASS", &ask)
            .env("SSH_ASKPASS_REQUIRE", "force")
            .env("PATH", path()?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        for (name, value) in libraries() {
            shell.env(name, value);
        }
        let mut child = shell.spawn()?;
        if let Some(mut input) = child.stdin.take() {
            use std::io::Write as _;
            // Most ask for nothing, and end before all is read.
            let _ = input.write_all(format!("{}\n", self.pin).repeat(ANSWERS).as_bytes());
        }
        let output = child.wait_with_output()?;
        let mut text = String::from_utf8_lossy(&output.stdout).into_owned();
        text.push_str(&String::from_utf8_lossy(&output.stderr));
        Ok(Said {
            code: output.status.code().unwrap_or(-1),
            text,
        })
    }
}

fn executable(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o700))
}

/// The judges' own programs before the system's: `python3` and `pyhanko` with what they need.
fn path() -> io::Result<std::ffi::OsString> {
    let judges = std::env::var_os("SELLO_JUDGES").map(|folder| PathBuf::from(folder).join("bin"));
    let system = std::env::var_os("PATH").unwrap_or_default();
    let folders = judges.into_iter().chain(std::env::split_paths(&system));
    std::env::join_paths(folders).map_err(io::Error::other)
}

/// Where Node and Go find what the set-up brought.
fn libraries() -> Vec<(&'static str, PathBuf)> {
    let judges = std::env::var_os("SELLO_JUDGES").map(PathBuf::from);
    let node = judges.map(|folder| ("NODE_PATH", folder.join("node/node_modules")));
    let mut variables = vec![
        ("GOPATH", PathBuf::from("/usr/share/gocode")),
        ("GO111MODULE", PathBuf::from("off")),
    ];
    variables.extend(node);
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn named_shell_blocks_are_recipes_and_others_are_not() {
        let page = "# T\n```sh one\na\n\nb\n```\ntext\n```sh\nc\n```\n```console\nd\n```\n```sh two\n```\n";
        let recipes = read(page).unwrap();
        let names: Vec<_> = recipes.iter().map(|recipe| recipe.name.as_str()).collect();
        assert_eq!(names, ["one", "two"]);
        assert_eq!(recipes[0].text, "a\n\nb\n");
    }

    #[test]
    fn a_name_twice_and_a_block_without_end_are_refused() {
        assert!(read("```sh one\n```\n```sh one\n```\n").is_err());
        assert!(read("```sh one\na\n").is_err());
    }
}
