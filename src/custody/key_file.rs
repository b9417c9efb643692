//! The file with the secret key that signs checkpoints: 32 bytes, readable by its owner alone, outside every case. Whoever
//! owns a case folder can write its whole journal anew; a key that lay in it would sign that too.

use std::fs::{self, File};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{files, random};

/// Seed of a key. Wiped from memory when it is dropped.
pub type Seed = Zeroizing<[u8; 32]>;

/// Why there is no key. Never quotes it.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    #[error("`{}`: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error("the signing key `{}` does not have 32 bytes", path.display())]
    Length { path: PathBuf },
    #[error("the signing key `{}` can be read by others\nhint: take that away with `chmod 600`", path.display())]
    Open { path: PathBuf },
}

/// Reads the key at `path`; `None` when there is no such file.
pub fn read(path: &Path) -> Result<Option<Seed>, KeyError> {
    let failed = |source| KeyError::Io { path: path.to_owned(), source };
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(error)),
    };
    let meta = file.metadata().map_err(failed)?;
    if meta.len() != 32 {
        return Err(KeyError::Length { path: path.to_owned() });
    }
    if meta.permissions().mode() & 0o077 != 0 {
        return Err(KeyError::Open { path: path.to_owned() });
    }
    let mut seed = Seed::default();
    file.read_exact(seed.as_mut()).map_err(failed)?;
    Ok(Some(seed))
}

/// Reads the key at `path`, making a random one when there is none.
pub fn read_or_make(path: &Path) -> Result<Seed, KeyError> {
    if let Some(seed) = read(path)? {
        return Ok(seed);
    }
    match make(path) {
        Ok(seed) => Ok(seed),
        // Another process was faster: its key counts.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            read(path)?.ok_or_else(|| KeyError::Io { path: path.to_owned(), source: error })
        }
        Err(source) => Err(KeyError::Io { path: path.to_owned(), source }),
    }
}

/// Makes a key. It gets its name only when it is whole, and takes nobody's place.
fn make(path: &Path) -> io::Result<Seed> {
    if let Some(folder) = path.parent() {
        files::make_folder(folder)?;
    }
    let seed = Seed::new(random::bytes::<32>()?);
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(format!(".{:08x}", u32::from_be_bytes(random::bytes::<4>()?)));
    let neighbor = path.with_file_name(name);
    let placed =
        files::private().write(true).create_new(true).open(&neighbor).and_then(|mut file| {
            file.write_all(seed.as_ref())?;
            file.sync_all()?;
            fs::hard_link(&neighbor, path)
        });
    fs::remove_file(&neighbor).and(placed)?;
    files::sync_folder_of(path)?;
    Ok(seed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn key_is_made_once_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("keys/signing.key");
        assert!(read(&path).unwrap().is_none());
        let seed = read_or_make(&path).unwrap();
        assert_eq!(read_or_make(&path).unwrap(), seed);
        assert_ne!(*seed, [0; 32]);
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        assert_eq!(fs::read_dir(path.parent().unwrap()).unwrap().count(), 1);
    }

    #[test]
    fn keys_of_another_length_or_open_to_others_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        fs::write(&path, [7; 32]).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(read(&path), Err(KeyError::Open { .. })));
        fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(*read(&path).unwrap().unwrap(), [7; 32]);
        fs::write(&path, [7; 31]).unwrap();
        assert!(matches!(read(&path), Err(KeyError::Length { .. })));
    }
}
