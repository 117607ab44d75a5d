// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/arguments.h"
#include "daemon/ctl/command.h"
#include "daemon/ctl/creation_options.h"
#include "daemon/ctl/target.h"

#include <memory>

namespace famfs::ctl {

namespace {

struct Options {
    Arguments arguments;
    OwnerOptions owner;
    bool parents = false;
};

base::Expected<int> run(const Options &options) {
    auto target = Target::open(options.arguments);
    if (!target)
        return std::unexpected(target.error());
    const media::Attributes attributes = options.owner.over(own_attributes(0777));
    for (const std::string &path : options.arguments.rest)
        if (auto made = (*target)->make_directory(trim_slashes(path), attributes, options.parents); !made)
            return std::unexpected(made.error());
    if (auto finished = (*target)->finish(); !finished)
        return std::unexpected(finished.error());
    return exit_ok;
}

} // namespace

Action add_mkdir(CLI::App &app) {
    auto options = std::make_shared<Options>();
    options->arguments.declare(app, 1);
    options->owner.declare(app);
    app.add_flag("-p,--parents", options->parents,
                 "Make missing parents too; an existing directory is no error");
    return [options] { return run(*options); };
}

} // namespace famfs::ctl
