// SPDX-License-Identifier: GPL-2.0-only
#include "base/text.h"
#include "base/try.h"
#include "daemon/ctl/commands/commands.h"
#include "daemon/ctl/image/served.h"
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

/// Below a path, as nodes_below().
bool is_below(std::string_view path, std::string_view top) {
    return top.empty() || path == top || (path.starts_with(top) && path[top.size()] == '/');
}

ordered_json to_json(const status::UnpublishedFile &file) {
    ordered_json json = {{"path", media::json_name(file.path)},
                         {"nodeid", nullptr},
                         {"directory", file.directory},
                         {"mode", file.mode},
                         {"uid", file.uid},
                         {"gid", file.gid},
                         {"published", false}};
    if (!file.directory) {
        json["size"] = file.size;
        json["space"] = file.space;
    }
    return json;
}

void print(const status::UnpublishedFile &file) {
    std::printf("%8s %c%04o %6u %6u %14llu  %-18s %s\n", "-", file.directory ? 'd' : '-', file.mode, file.uid,
                file.gid, static_cast<unsigned long long>(file.size),
                file.open_for_writing ? "open, unpublished" : "unpublished", base::escape(file.path).c_str());
}

/// What is in no log yet, on a mount of this host. Returns how many.
base::Expected<std::size_t> list_unpublished(const Opened &opened, const std::string &path, bool as_json,
                                             ordered_json &json) {
    const auto mount =
        opened.source.mounted() ? served_mount(opened.source.path()) : std::optional<ServedMount>();
    std::size_t count = 0;
    if (!mount)
        return count;
    const auto files = FAMFS_TRY(unpublished_of(*mount));
    for (const status::UnpublishedFile &file : files) {
        if (!is_below(file.path, path))
            continue;
        as_json ? json.push_back(to_json(file)) : print(file);
        count++;
    }
    return count;
}

base::Expected<int> run(const Options &options) {
    const auto opened = FAMFS_TRY(open_file_system(options.arguments, device::Access::read));
    const std::string path =
        options.arguments.rest.empty() ? "" : trim_slashes(options.arguments.rest.front());
    const auto found = nodes_below(opened.file_system, path);
    auto json = ordered_json::array();
    if (found)
        for (const auto &[name, node] : *found)
            options.json ? json.push_back(to_json(name, *node)) : print(name, *node);
    const std::size_t unpublished = FAMFS_TRY(list_unpublished(opened, path, options.json, json));
    if (unpublished == 0 && !found)
        return std::unexpected(found.error());
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
    .notes = "Examples:\n"
             "  famfsctl ls /tmp/pool.img\n"
             "  famfsctl ls --json /mnt/famfs datasets\n"
             "Columns: nodeid, mode, uid, gid, size, layout, path. What is not published yet comes last. "
             "Bytes of a name that are not printable UTF-8 "
             "stand as \\xNN.\n"
             "Exit status: 0 listed, 1 failed.",
    .add = add,
};

} // namespace famfs::ctl
