// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/control.h"
#include "daemon/ctl/arguments.h"
#include "daemon/ctl/command.h"
#include "daemon/ctl/served.h"
#include "daemon/media/json.h"
#include "daemon/media/text.h"
#include "loader/base/fd.h"

#include <cstdio>
#include <fcntl.h>
#include <memory>
#include <sys/ioctl.h>
#include <sys/stat.h>

namespace famfs::ctl {

namespace {

using nlohmann::ordered_json;

struct Options {
    std::vector<std::string> words; ///< the mountpoint, then paths in it
    bool json = false;
};

base::Expected<std::uint64_t> nodeid_of(const std::string &path) {
    struct stat status{};
    if (::lstat(path.c_str(), &status) != 0)
        return base::fail_errno("find", media::quote(path));
    return status.st_ino;
}

base::Expected<PublishRequest> ask(const std::string &mountpoint, PublishRequest request) {
    const base::Fd root(::open(mountpoint.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root)
        return base::fail_errno("open", mountpoint);
    if (::ioctl(root.get(), FAMFS_PUBLISH, &request) != 0)
        return base::fail_errno("publish on", mountpoint,
                                errno == EROFS   ? "only the master host's mount makes files"
                                : errno == EPERM ? "root and the user of the daemon may"
                                                 : "");
    if (request.error != 0)
        return base::fail(request.error, "publish on", mountpoint, request.message.data());
    return request;
}

/// Of what stays, some names: the daemon lists all of them.
void print_left(const ServedMount &mount) {
    constexpr std::size_t most = 10;
    std::size_t count = 0;
    for (const UnpublishedFile &file : unpublished_of(mount)) {
        if (file.directory || (!file.open_for_writing && file.size != 0))
            continue;
        if (++count <= most)
            complain(media::quote(file.path) + (file.open_for_writing
                                                    ? " stays unpublished: it is open for writing"
                                                    : " stays unpublished: a famfs has no empty files"));
    }
    if (count > most)
        complain(std::to_string(count - most) + " more stay unpublished: see " + mount.mountpoint +
                 "/.meta/.unpublished");
}

base::Expected<int> run(const Options &options) {
    const std::string mountpoint = absolute_path(options.words.front());
    const auto mount = served_mount(mountpoint);
    if (!mount)
        return base::fail(ENOENT, "publish on", mountpoint, "no famfs is mounted there");
    PublishRequest request{};
    const std::size_t paths = options.words.size() - 1;
    if (paths > PublishRequest::most_nodes)
        return base::fail(E2BIG, "publish", std::to_string(paths) + " paths at once",
                          "at most " + std::to_string(PublishRequest::most_nodes) + "; name their directory");
    for (std::size_t i = 0; i < paths; i++) {
        const auto nodeid = nodeid_of(join_path(mountpoint, trim_slashes(options.words[i + 1])));
        if (!nodeid)
            return std::unexpected(nodeid.error());
        request.nodes.at(request.nodes_count++) = *nodeid;
    }
    const auto done = ask(mountpoint, request);
    if (!done)
        return std::unexpected(done.error());
    if (options.json)
        std::fputs(media::to_text(ordered_json{{"files", done->files},
                                               {"directories", done->directories},
                                               {"open", done->open},
                                               {"empty", done->empty}})
                       .c_str(),
                   stdout);
    else
        std::printf("published %s and %s\n", media::count_of(done->files, "file", "files").c_str(),
                    media::count_of(done->directories, "directory", "directories").c_str());
    if (done->open + done->empty == 0)
        return exit_ok;
    print_left(*mount);
    return exit_failed;
}

} // namespace

Action add_publish(CommandLine &line) {
    auto options = std::make_shared<Options>();
    line.positional(options->words);
    line.check([options] { return options->words.empty() ? "a mountpoint is missing" : ""; });
    line.flag("--json", options->json, "For programs: how many of each");
    return [options] { return run(*options); };
}

} // namespace famfs::ctl
