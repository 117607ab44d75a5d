// SPDX-License-Identifier: GPL-2.0-only
#include "base/try.h"
#include "daemon/ctl/commands/commands.h"
#include "daemon/ctl/image/creation_options.h"
#include "daemon/ctl/image/target.h"
#include "daemon/ctl/terminal/arguments.h"

#include <memory>

namespace famfs::ctl {

namespace {

struct Options {
    Arguments arguments;
    OwnerOptions owner;
    bool parents = false;
};

base::Expected<int> run(const Options &options) {
    auto target = FAMFS_TRY(Target::open(options.arguments));
    const media::Attributes attributes = options.owner.over(own_attributes(0777));
    int status = exit_ok;
    for (const std::string &path : options.arguments.rest)
        if (auto made = target->make_directory(trim_slashes(path), attributes, options.parents); !made) {
            complain(made.error().message());
            status = exit_failed;
        }
    FAMFS_TRY(target->finish());
    return status;
}

Action add(CommandLine &line) {
    auto options = std::make_shared<Options>();
    options->arguments.declare(line, 1);
    options->owner.declare(line);
    line.flag("-p,--parents", options->parents,
              "Make missing parents too; an existing directory is no error");
    return [options] { return run(*options); };
}

} // namespace

const Command mkdir_command = {
    .name = "mkdir",
    .arguments = "DEVICE PATH...",
    .summary = "Make directories",
    .notes = "Examples:\n"
             "  famfsctl mkdir -p /tmp/pool.img a/b/c\n"
             "Exit status: 0 made, 1 failed.",
    .add = add,
};

} // namespace famfs::ctl
