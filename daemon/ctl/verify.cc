// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/arguments.h"
#include "daemon/ctl/command.h"
#include "daemon/ctl/content.h"
#include "daemon/ctl/reader.h"
#include "daemon/media/text.h"

#include <memory>
#include <optional>

namespace famfs::ctl {

namespace {

struct Options {
    Arguments arguments;
    std::optional<std::uint64_t> seed;
};

using Difference = std::optional<std::uint64_t>; ///< the first byte that differs

base::Expected<Difference> compare(const Opened &opened, const std::string &path, std::uint64_t seed) {
    const media::Node *node = opened.file_system.find_path(path);
    if (node == nullptr || node->directory)
        return base::fail(node == nullptr ? ENOENT : EISDIR, "verify", media::quote(path));
    Difference difference;
    const auto visit = [&](std::uint64_t position, std::span<const std::byte> bytes) {
        difference = first_difference(bytes, seed, position);
        return !difference;
    };
    if (auto read = read_content(opened, path, *node, visit); !read)
        return std::unexpected(read.error());
    return difference;
}

bool verify(const Opened &opened, const std::string &path, std::uint64_t seed) {
    const auto difference = compare(opened, path, seed);
    if (!difference)
        complain(difference.error().message());
    else if (const auto &byte = *difference; byte)
        complain("verify " + media::quote(path) + ": byte " + std::to_string(*byte) +
                 " is not what creat --seed " + std::to_string(seed) + " has written");
    return difference && !*difference;
}

base::Expected<int> run(const Options &options) {
    const auto opened = open_file_system(options.arguments, device::Access::read);
    if (!opened)
        return std::unexpected(opened.error());
    int status = exit_ok;
    for (const std::string &path : options.arguments.rest)
        if (!verify(*opened, trim_slashes(path), options.seed.value_or(0)))
            status = exit_failed;
    return status;
}

} // namespace

Action add_verify(CommandLine &line) {
    auto options = std::make_shared<Options>();
    options->arguments.declare(line, 1);
    line.number("--seed", options->seed, {}, "As given to creat (default: 0)");
    return [options] { return run(*options); };
}

} // namespace famfs::ctl
