// SPDX-License-Identifier: GPL-2.0-only
#include "base/fd.h"
#include "base/text.h"
#include "base/try.h"
#include "daemon/ctl/commands/commands.h"
#include "daemon/ctl/image/served.h"
#include "daemon/ctl/terminal/arguments.h"
#include "daemon/fuse/control.h"
#include "daemon/media/tree/json.h"

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
        return base::fail_errno("find", base::quote(path));
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
    const auto files = unpublished_of(mount);
    if (!files)
        return complain(files.error().message());
    for (const status::UnpublishedFile &file : *files) {
        if (file.directory || (!file.open_for_writing && file.size != 0))
            continue;
        if (++count <= most)
            complain(base::quote(file.path) + (file.open_for_writing
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
        return base::fail(EOVERFLOW, "publish", std::to_string(paths) + " paths at once",
                          "at most " + std::to_string(PublishRequest::most_nodes) + "; name their directory");
    for (std::size_t i = 0; i < paths; i++) {
        const std::uint64_t nodeid =
            FAMFS_TRY(nodeid_of(join_path(mountpoint, trim_slashes(options.words[i + 1]))));
        request.nodes.at(request.nodes_count++) = nodeid;
    }
    const PublishRequest done = FAMFS_TRY(ask(mountpoint, request));
    if (options.json)
        std::fputs(media::to_text(ordered_json{{"files", done.files},
                                               {"directories", done.directories},
                                               {"open", done.open},
                                               {"empty", done.empty}})
                       .c_str(),
                   stdout);
    else
        std::printf("published %s and %s\n", base::count_of(done.files, "file", "files").c_str(),
                    base::count_of(done.directories, "directory", "directories").c_str());
    if (done.open + done.empty == 0)
        return exit_ok;
    print_left(*mount);
    return exit_failed;
}

Action add(CommandLine &line) {
    auto options = std::make_shared<Options>();
    line.positional(options->words);
    line.check([options] { return options->words.empty() ? "a mountpoint is missing" : ""; });
    line.flag("--json", options->json, "For programs: how many of each");
    return [options] { return run(*options); };
}

} // namespace

const Command publish_command = {
    .name = "publish",
    .arguments = "MOUNTPOINT [PATH...]",
    .summary = "Write what was made on a mount into the log, for all hosts",
    .notes = "Examples:\n"
             "  famfs-bpfd --publish=manual /dev/dax0.0 /mnt/famfs && cp -a datasets /mnt/famfs\n"
             "  famfsctl publish /mnt/famfs                   everything that is not published yet\n"
             "  famfsctl publish /mnt/famfs datasets          one tree\n"
             "All of it appears at once: another host sees all or nothing, also after a crash. From then on\n"
             "names, sizes, owners and modes stay as they are. Files that somebody can write to, and empty\n"
             "files, stay unpublished.\n"
             "Exit status: 0 all is published, 1 something stays (named on standard error), or nothing was\n"
             "published.",
    .add = add,
};

} // namespace famfs::ctl
