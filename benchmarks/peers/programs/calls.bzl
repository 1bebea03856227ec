"""One target for a whole graph, one action for each of its calls."""

def _graph(ctx):
    files = {file.short_path.split("/", 1)[1]: file for file in ctx.files.files}
    outputs = []
    for call in ctx.attr.calls:
        stage, value, name = call.split(" ")
        output = ctx.actions.declare_file("out/" + name + ".json")
        files["out/" + name + ".json"] = output
        ctx.actions.run(
            executable = ctx.attr.python,
            arguments = [
                "-I",
                "-S",
                ctx.file._action.path,
                files[stage].path,
                files[value].path,
                output.path,
            ],
            inputs = [ctx.file._action, files[stage], files[value]],
            outputs = [output],
            mnemonic = "Call",
        )
        outputs.append(output)
    return [DefaultInfo(files = depset(outputs))]

graph = rule(
    implementation = _graph,
    attrs = {
        "calls": attr.string_list(),
        "files": attr.label_list(allow_files = True),
        "python": attr.string(),
        "_action": attr.label(default = "//:action.py", allow_single_file = True),
    },
)
