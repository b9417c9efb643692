//! `facts edit`: the user's editor on a copy. The case is not held while somebody thinks; what is refused is kept, so that
//! no word is lost.

use std::io::{self, IsTerminal};
use std::path::Path;
use std::process::Command;

use super::change::{Change, print, take_over, text_of};
use crate::cmd::{Context, case, declared, output};
use crate::custody::facts_files;
use crate::failure::{Ended, Failure, Kind};

pub(super) fn edit(context: &Context, reason: Option<&str>) -> Ended {
    let has_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    if !has_terminal || context.shared.control.no_input {
        return Err(Failure::usage("an editor needs a terminal")
            .hint("write the facts into a file, then `whytrail facts import FILE`"));
    }
    let Some(editor) = context.config.environment.editor.as_deref() else {
        return Err(Failure::usage("neither VISUAL nor EDITOR says which editor to use")
            .hint("write the facts into a file, then `whytrail facts import FILE`"));
    };
    let root = case::existing_root(context)?;
    let before = declared::read(&root)?;
    let copy = facts_files::begin_edit(&root, before.text.as_bytes())
        .map_err(|error| Failure::new(Kind::Failed, format!("no copy to edit: {error}")))?;
    if copy.is_left_over {
        output::say("the edit that was refused before is taken up again");
    }
    open(editor, &copy.path)?;
    let text = text_of(&copy.path)?;
    if declared::read(&root)?.text != before.text {
        return Err(kept(
            Failure::new(Kind::InUse, "the facts were changed by somebody else meanwhile"),
            &copy.path,
        ));
    }
    let mut case = case::open_existing(context)?;
    let change =
        Change { text: &text, file: "edited facts", base: Path::new("."), reason, known: &[] };
    let done = take_over(context, &mut case, &change).map_err(|mut refused| {
        refused.failure = kept(refused.failure, &copy.path);
        refused
    });
    print(context, done)?;
    if !context.shared.control.dry_run {
        facts_files::end_edit(&root)?;
    }
    Ok(())
}

fn kept(failure: Failure, copy: &Path) -> Failure {
    failure.hint(format!(
        "the edited text is kept in `{}`; `whytrail facts edit` goes on with it",
        copy.display()
    ))
}

/// Opens the editor and waits for its end.
fn open(editor: &str, file: &Path) -> Ended {
    let mut words = editor.split_whitespace();
    let program = words.next().unwrap_or_default();
    let status = Command::new(program).args(words).arg(file).status().map_err(|error| {
        Failure::usage(format!("the editor `{program}` cannot be started: {error}"))
            .hint("VISUAL and EDITOR say which one; `whytrail facts import FILE` needs none")
    })?;
    if status.success() {
        return Ok(());
    }
    Err(Failure::new(Kind::Failed, "the editor ended with an error; nothing was changed"))
}
