//! The PKCS#11 module, and its registration with p11-kit.

use std::fs;
use std::path::{Path, PathBuf};

use object::{Architecture, BinaryFormat, Object as _, ObjectSymbol as _};

use super::{Check, Machine, ModuleFault, ModuleFinding, Topic};

/// The module's file.
const NAME: &str = "libsello_pkcs11.so";
/// The function that every program begins with (PKCS#11 2.40, 5.4).
const ENTRY: &str = "C_GetFunctionList";
/// Larger is no module.
const LARGEST: u64 = 256 << 20;
/// Where p11-kit's own registrations lie, from the root.
const REGISTRATIONS: [&str; 2] = ["etc/pkcs11/modules", "usr/share/p11-kit/modules"];

pub(super) fn examine(machine: &Machine<'_>) -> [Check; 2] {
    let module = find(machine);
    let finding = match &module {
        Err(looked) => ModuleFinding::Absent {
            looked: looked.clone(),
        },
        Ok(path) => match check(path) {
            Ok(()) => ModuleFinding::Good { path: path.clone() },
            Err(fault) => ModuleFinding::Bad {
                path: path.clone(),
                fault,
            },
        },
    };
    let registration = registration(machine, module.ok());
    [
        Check::new(Topic::Module, finding),
        Check::new(Topic::P11Kit, registration),
    ]
}

/// The module, or where it is not.
fn find(machine: &Machine<'_>) -> Result<PathBuf, Vec<PathBuf>> {
    let candidates = match &machine.module {
        Some(named) => vec![named.clone()],
        None => usual_places(machine),
    };
    match candidates.iter().find(|path| path.exists()) {
        Some(found) => Ok(found.clone()),
        None => Err(candidates),
    }
}

/// Where packages and builds put the module, packages first.
fn usual_places(machine: &Machine<'_>) -> Vec<PathBuf> {
    let mut places: Vec<_> = library_folders()
        .into_iter()
        .map(|folder| machine.root.join(folder).join(NAME))
        .collect();
    let beside = machine.program.as_deref().and_then(Path::parent);
    places.extend(beside.map(|folder| folder.join(NAME)));
    places
}

/// The folders of modules and libraries, from the root.
fn library_folders() -> Vec<String> {
    let triplet = format!("{}-linux-gnu", std::env::consts::ARCH);
    ["usr/lib", "usr/local/lib"]
        .into_iter()
        .flat_map(|base| {
            [
                format!("{base}/{triplet}/pkcs11"),
                format!("{base}/{triplet}"),
                format!("{base}64/pkcs11"),
                format!("{base}64"),
                format!("{base}/pkcs11"),
                base.to_owned(),
            ]
        })
        .collect()
}

/// Whether a file is a library for this machine with a module's entry.
fn check(path: &Path) -> Result<(), ModuleFault> {
    let unreadable = |error: std::io::Error| ModuleFault::Unreadable {
        reason: error.to_string(),
    };
    let length = fs::metadata(path).map_err(unreadable)?.len();
    if length > LARGEST {
        return Err(ModuleFault::NotALibrary);
    }
    let bytes = fs::read(path).map_err(unreadable)?;
    let file = object::File::parse(&*bytes).map_err(|_| ModuleFault::NotALibrary)?;
    if file.format() != BinaryFormat::Elf {
        return Err(ModuleFault::NotALibrary);
    }
    if own_architecture().is_some_and(|own| own != file.architecture()) {
        let machine = format!("{:?}", file.architecture());
        return Err(ModuleFault::OtherMachine { machine });
    }
    let mut exported = file.dynamic_symbols();
    if exported.any(|symbol| symbol.is_definition() && symbol.name() == Ok(ENTRY)) {
        Ok(())
    } else {
        Err(ModuleFault::NoEntry { function: ENTRY })
    }
}

/// This machine's, where it is one of the usual ones.
fn own_architecture() -> Option<Architecture> {
    match std::env::consts::ARCH {
        "x86_64" => Some(Architecture::X86_64),
        "x86" => Some(Architecture::I386),
        "aarch64" => Some(Architecture::Aarch64),
        "arm" => Some(Architecture::Arm),
        "riscv64" => Some(Architecture::Riscv64),
        _ => None,
    }
}

/// Whether p11-kit knows the module.
fn registration(machine: &Machine<'_>, module: Option<PathBuf>) -> ModuleFinding {
    let own = machine.configuration.iter();
    let own = own.map(|folder| folder.join("pkcs11/modules"));
    let common = REGISTRATIONS.iter().map(|folder| machine.root.join(folder));
    for folder in own.chain(common) {
        for file in files(&folder) {
            let Some(named) = module_named_in(&file) else {
                continue;
            };
            if named.file_name().is_some_and(|name| name == NAME) {
                return judge(machine, file, &named);
            }
        }
    }
    if has_p11_kit(machine.root) {
        ModuleFinding::NotRegistered { module }
    } else {
        ModuleFinding::NoP11Kit
    }
}

/// A path without folder is one in p11-kit's own folder of modules (`pkcs11.conf(5)`).
fn judge(machine: &Machine<'_>, file: PathBuf, named: &Path) -> ModuleFinding {
    let mut candidates = if named.is_absolute() {
        vec![named.to_path_buf()]
    } else {
        let folders = library_folders().into_iter();
        let folders = folders.filter(|folder| folder.ends_with("pkcs11"));
        folders
            .map(|folder| machine.root.join(folder).join(named))
            .collect()
    };
    if candidates.iter().any(|path| path.exists()) {
        ModuleFinding::Registered { file }
    } else {
        let module = candidates.drain(..).next();
        let module = module.unwrap_or_else(|| named.to_path_buf());
        ModuleFinding::RegisteredAstray { file, module }
    }
}

/// The registrations in a folder, sorted.
fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let mut files: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|end| end == "module"))
        .collect();
    files.sort();
    files
}

/// The value of `module:` in a registration.
fn module_named_in(file: &Path) -> Option<PathBuf> {
    let text = fs::read_to_string(file).ok()?;
    let value = text.lines().find_map(|line| {
        let (key, value) = line.trim().split_once(':')?;
        (key.trim() == "module").then(|| value.trim().to_owned())
    });
    value.map(PathBuf::from)
}

fn has_p11_kit(root: &Path) -> bool {
    let library = |folder: String| root.join(folder).join("libp11-kit.so.0").exists();
    root.join("usr/share/p11-kit").is_dir() || library_folders().into_iter().any(library)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn machine(root: &Path) -> Machine<'_> {
        Machine {
            root,
            program: Some(root.join("bin/sello")),
            module: None,
            configuration: Some(root.join("home")),
            socket: None,
            trust: Vec::new(),
            now: time::OffsetDateTime::UNIX_EPOCH,
        }
    }

    fn write(path: &Path, content: impl AsRef<[u8]>) {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    #[test]
    fn the_module_of_a_package_comes_before_the_one_beside_the_program() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        assert!(find(&machine(root)).unwrap_err().len() > 5);
        write(&root.join("bin").join(NAME), "");
        assert_eq!(find(&machine(root)), Ok(root.join("bin").join(NAME)));
        let installed = root.join(library_folders().first().unwrap()).join(NAME);
        write(&installed, "");
        assert_eq!(find(&machine(root)), Ok(installed));
    }

    #[test]
    fn what_is_no_module_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(NAME);
        assert!(matches!(check(&path), Err(ModuleFault::Unreadable { .. })));
        write(&path, "no library");
        assert_eq!(check(&path), Err(ModuleFault::NotALibrary));
        // A program has no such entry.
        let myself = std::env::current_exe().unwrap();
        let function = ENTRY;
        assert_eq!(check(&myself), Err(ModuleFault::NoEntry { function }));
        // ELF says in its bytes 18 and 19 which machine it is for; 22 is S/390.
        let mut other = fs::read(&myself).unwrap();
        other[18] = 22;
        write(&path, other);
        assert!(matches!(
            check(&path),
            Err(ModuleFault::OtherMachine { .. } | ModuleFault::NotALibrary)
        ));
    }

    #[test]
    fn a_registration_counts_when_its_module_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let module = root.join("bin").join(NAME);
        let found = |root: &Path| registration(&machine(root), Some(module.clone()));
        assert!(matches!(found(root), ModuleFinding::NoP11Kit));
        fs::create_dir_all(root.join("usr/share/p11-kit/modules")).unwrap();
        assert!(matches!(found(root), ModuleFinding::NotRegistered { .. }));
        let file = root.join("usr/share/p11-kit/modules/sello.module");
        write(&file, format!("# ours\nmodule: {NAME}\n"));
        assert!(matches!(
            found(root),
            ModuleFinding::RegisteredAstray { .. }
        ));
        let installed = root.join(library_folders().first().unwrap()).join(NAME);
        write(&installed, "");
        assert!(matches!(found(root), ModuleFinding::Registered { .. }));
        write(
            &root.join("home/pkcs11/modules/mine.module"),
            "module: /nowhere/libsello_pkcs11.so\n",
        );
        assert!(matches!(
            found(root),
            ModuleFinding::RegisteredAstray { .. }
        ));
    }
}
