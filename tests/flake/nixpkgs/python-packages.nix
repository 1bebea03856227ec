# `python3Packages`: every wheel of the lock file unpacked, and a builder of applications.
{
  busybox,
  glibc,
  patchelf,
  python3,
  seeds,
  system,
}:
let
  install =
    name: words:
    derivation {
      inherit name system;
      builder = python3.interpreter;
      args = [
        "-I"
        ./install.py
      ];
      # Nix starts a builder by its bare name, by which this Python finds its library.
      PATH = "${python3}/bin";
      # Everything that it is told, as one text.
      specification = builtins.toJSON (
        {
          inherit glibc patchelf;
          python = python3;
          interpreter = python3.interpreter;
          library = "${glibc}/lib:${python3}/lib";
          shell = "${busybox}/bin/sh";
          site = python3.sitePackages;
        }
        // words
      );
    };

  packages = builtins.mapAttrs (
    name: wheel:
    install "python3-${name}-${wheel.version}" {
      wheel = wheel.file;
      requires = map (required: packages.${required}) wheel.requires;
    }
    // {
      inherit (wheel) version;
      requires = map (required: packages.${required}) wheel.requires;
    }
  ) seeds.wheels;

  withRequired =
    given: builtins.concatMap (package: [ package ] ++ package.requires) given;

  buildPythonApplication =
    attributes@{
      build-system,
      dependencies,
      disabledTestPaths ? [ ],
      enabledTestPaths ? [ "." ],
      makeWrapperArgs ? [ ],
      meta ? { },
      nativeCheckInputs ? [ ],
      pname,
      pyproject,
      pytestFlags ? [ ],
      pythonImportsCheck ? [ ],
      src,
      version,
    }:
    assert pyproject;
    install "${pname}-${version}" {
      source = src;
      build = withRequired build-system;
      requires = withRequired dependencies;
      checks = withRequired nativeCheckInputs;
      imports = pythonImportsCheck;
      pytest =
        let
          words = pytestFlags ++ map (path: "--ignore=${path}") disabledTestPaths ++ enabledTestPaths;
        in
        if !builtins.elem packages.pytest nativeCheckInputs then
          null
        else if builtins.elem packages.pytest-xdist nativeCheckInputs then
          # The hook that nixpkgs' pytest-xdist brings along does the same.
          [ "--numprocesses=auto" ] ++ words
        else
          words;
      wrapper = makeWrapperArgs;
    }
    // {
      inherit meta version;
      overridePythonAttrs = change: buildPythonApplication (attributes // change attributes);
    };
in
packages
// {
  inherit buildPythonApplication;
  # In nixpkgs a script that calls the pytest which it brings along.
  pytestCheckHook = packages.pytest;
}
