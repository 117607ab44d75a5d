// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/status/unpublished.h"

#include "base/try.h"
#include "daemon/status/fields.h"

namespace famfs::status {

namespace {

using nlohmann::ordered_json;

UnpublishedFile read_file(const Fields &fields) {
    UnpublishedFile file;
    fields.read("path", file.path);
    fields.read("directory", file.directory);
    fields.read("mode", file.mode);
    fields.read("uid", file.uid);
    fields.read("gid", file.gid);
    if (file.directory)
        return file;
    fields.read("size", file.size);
    fields.read("space", file.space);
    fields.read("open_for_writing", file.open_for_writing);
    return file;
}

} // namespace

ordered_json to_json(const std::vector<UnpublishedFile> &files) {
    auto list = ordered_json::array();
    for (const UnpublishedFile &file : files) {
        ordered_json entry = {{"path", file.path},
                              {"directory", file.directory},
                              {"mode", file.mode},
                              {"uid", file.uid},
                              {"gid", file.gid}};
        if (!file.directory) {
            entry["size"] = file.size;
            entry["space"] = file.space;
            entry["open_for_writing"] = file.open_for_writing;
        }
        list.push_back(std::move(entry));
    }
    return list;
}

base::Expected<std::vector<UnpublishedFile>> parse_unpublished(std::string_view text) {
    ordered_json json;
    json["unpublished"] = FAMFS_TRY(parse_json(text));
    std::optional<base::Error> error;
    std::vector<UnpublishedFile> files;
    Fields(json, "", error).each("unpublished", [&](const Fields &file) {
        files.push_back(read_file(file));
    });
    if (error)
        return std::unexpected(*error);
    return files;
}

} // namespace famfs::status
