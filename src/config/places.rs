//! Where the program keeps things: the XDG folders if set, else the platform's usual ones.

use std::path::{Path, PathBuf};

use etcetera::AppStrategy;

use crate::failure::Failure;

/// The folders of the program. None of them needs to exist.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    pub config: PathBuf,
    pub state: PathBuf,
    pub data: PathBuf,
    pub cache: PathBuf,
}

impl Places {
    /// Finds the folders.
    pub(crate) fn find() -> Result<Self, Failure> {
        let strategy = etcetera::choose_app_strategy(etcetera::AppStrategyArgs {
            top_level_domain: "org".to_owned(),
            author: "whytrail".to_owned(),
            app_name: "whytrail".to_owned(),
        })
        .map_err(|error| {
            Failure::usage(format!("no home folder: {error}"))
                .hint("set HOME, or name the case with `--case DIR`")
        })?;
        Ok(Self {
            config: strategy.config_dir(),
            state: strategy.state_dir().unwrap_or_else(|| strategy.data_dir().join("state")),
            data: strategy.data_dir(),
            cache: strategy.cache_dir(),
        })
    }

    /// Returns the settings file.
    pub(crate) fn settings(&self) -> PathBuf {
        self.config.join("config.toml")
    }

    /// Returns the folder of the user's mapping files.
    pub(crate) fn mappings(&self) -> PathBuf {
        self.data.join("mappings")
    }

    /// Returns the user's own price table.
    pub(crate) fn prices(&self) -> PathBuf {
        self.data.join("prices.toml")
    }

    /// Returns the folder that holds cases without a place of their own.
    pub(crate) fn cases(&self) -> PathBuf {
        self.data.join("cases")
    }

    /// Returns the folder of what the screens remember of each case.
    pub(crate) fn memories(&self) -> PathBuf {
        self.state.join("cases")
    }

    /// Returns the file with the secret key that signs checkpoints.
    pub(crate) fn signing_key(&self) -> PathBuf {
        self.data.join("keys/signing.key")
    }

    /// Returns the file that names the case used last.
    pub(crate) fn last_case(&self) -> PathBuf {
        self.state.join("last-case")
    }

    /// Returns true when the state folder exists or can be made.
    pub(crate) fn is_writable(&self) -> bool {
        std::fs::create_dir_all(&self.state).is_ok()
    }

    /// Remembers the case used last. Failing to is no trouble.
    pub(crate) fn remember(&self, case: &Path) {
        if std::fs::create_dir_all(&self.state).is_ok() {
            std::fs::write(self.last_case(), case.display().to_string()).unwrap_or_default();
        }
    }
}
