// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/arguments.h"
#include "daemon/ctl/command.h"
#include "daemon/ctl/content.h"
#include "daemon/ctl/creation_options.h"
#include "daemon/ctl/progress.h"
#include "daemon/ctl/target.h"
#include "daemon/device/checked_copy.h"

#include <memory>

namespace famfs::ctl {

namespace {

struct Options {
    Arguments arguments;
    OwnerOptions owner;
    StripingOptions stripes;
    std::uint64_t size = 0;
    std::uint64_t seed = 0;
};

/// By way of a buffer, so that memory that is not there is an error and no signal.
base::Expected<void> fill(std::span<std::byte> to, std::uint64_t seed, std::uint64_t position,
                          const std::string &path, Progress &progress) {
    std::vector<std::byte> buffer(std::min<std::size_t>(to.size(), media::mebibyte));
    while (!to.empty()) {
        const auto part = std::span(buffer).first(std::min(to.size(), buffer.size()));
        fill_content(part, seed, position);
        if (auto copied = device::copy_to_mapping(part, to.first(part.size()), path); !copied)
            return copied;
        progress.add(part.size(), path);
        to = to.subspan(part.size());
        position += part.size();
    }
    return {};
}

base::Expected<int> run(const Options &options) {
    auto target = Target::open(options.arguments);
    if (!target)
        return std::unexpected(target.error());
    Progress progress(options.size * options.arguments.rest.size());
    for (const std::string &name : options.arguments.rest) {
        const auto fill_run = [&, name](std::uint64_t position, std::span<std::byte> to) {
            return fill(to, options.seed, position, name, progress);
        };
        if (auto made =
                (*target)->create(trim_slashes(name), options.size, options.owner.over(own_attributes(0666)),
                                  options.stripes.striping, fill_run);
            !made)
            return std::unexpected(made.error());
        if (auto committed = (*target)->commit_if_full(); !committed)
            return std::unexpected(committed.error());
    }
    if (auto finished = (*target)->finish(); !finished)
        return std::unexpected(finished.error());
    if (const auto failures = (*target)->take_failures(); !failures.empty())
        return std::unexpected(failures.front());
    return exit_ok;
}

} // namespace

Action add_creat(CLI::App &app) {
    auto options = std::make_shared<Options>();
    options->arguments.declare(app, 1);
    add_size(app, "-s,--size", options->size, "Of each file")->required();
    app.add_option("--seed", options->seed, "Contents are a function of this number; see verify")
        ->capture_default_str();
    options->owner.declare(app);
    options->stripes.declare(app);
    return [options] { return run(*options); };
}

} // namespace famfs::ctl
