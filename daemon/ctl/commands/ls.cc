// SPDX-License-Identifier: GPL-2.0-only
#include "base/text.h"
#include "base/try.h"
#include "daemon/ctl/commands/commands.h"
#include "daemon/ctl/image/source.h"
#include "daemon/ctl/image/tree.h"
#include "daemon/ctl/terminal/arguments.h"
#include "daemon/media/format/raw_json.h"
#include "daemon/media/tree/json.h"

#include <cstdio>
#include <memory>

namespace famfs::ctl {

namespace {

using nlohmann::ordered_json;

struct Options {
    Arguments arguments;
    bool json = false;
};

ordered_json to_json(const std::string &path, const media::Node &node) {
    ordered_json json = {{"path", media::json_name(path)},
                         {"nodeid", node.nodeid},
                         {"directory", node.directory},
                         {"mode", node.mode},
                         {"uid", node.uid},
                         {"gid", node.gid}};
    if (node.directory)
        return json;
    json["size"] = node.map.size;
    json["chunk"] = node.map.chunk;
    json["extents"] = ordered_json::array();
    for (const base::Extent &extent : node.map.extents)
        json["extents"].push_back({extent.device, extent.offset, extent.length});
    return json;
}

std::string layout(const media::Node &node) {
    if (node.directory)
        return "directory";
    const std::size_t count = node.map.extents.size();
    if (node.map.chunk == 0)
        return std::to_string(count) + (count == 1 ? " extent" : " extents");
    return std::to_string(count) + " strips x " + base::human_size(node.map.chunk);
}

void print(const std::string &path, const media::Node &node) {
    std::printf("%8llu %c%04o %6u %6u %14llu  %-18s %s\n", static_cast<unsigned long long>(node.nodeid),
                node.directory ? 'd' : '-', node.mode, node.uid, node.gid,
                static_cast<unsigned long long>(node.map.size), layout(node).c_str(),
                base::escape(path).c_str());
}

base::Expected<int> run(const Options &options) {
    const auto opened = FAMFS_TRY(open_file_system(options.arguments, device::Access::read));
    const std::string path =
        options.arguments.rest.empty() ? "" : trim_slashes(options.arguments.rest.front());
    const auto found = FAMFS_TRY(nodes_below(opened.file_system, path));
    auto json = ordered_json::array();
    for (const auto &[name, node] : found)
        options.json ? json.push_back(to_json(name, *node)) : print(name, *node);
    if (options.json)
        std::fputs(media::to_text(json).c_str(), stdout);
    return exit_ok;
}

Action add(CommandLine &line) {
    auto options = std::make_shared<Options>();
    options->arguments.declare(line, 0, 1);
    line.flag("--json", options->json, "For programs, with every extent as [device, offset, length]");
    return [options] { return run(*options); };
}

} // namespace

const Command ls_command = {
    .name = "ls",
    .arguments = "DEVICE|MOUNTPOINT [PATH]",
    .summary = "List files and directories with their layout",
    .notes =
        "Examples:\n"
        "  famfsctl ls /tmp/pool.img\n"
        "  famfsctl ls --json /mnt/famfs datasets\n"
        "Columns: nodeid, mode, uid, gid, size, layout, path. Bytes of a name that are not printable UTF-8 "
        "stand as \\xNN.\n"
        "Exit status: 0 listed, 1 failed.",
    .add = add,
};

} // namespace famfs::ctl
