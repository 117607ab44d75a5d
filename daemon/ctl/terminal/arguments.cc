// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/terminal/arguments.h"

#include <algorithm>
#include <filesystem>

namespace famfs::ctl {

void Arguments::declare(CommandLine &line, std::size_t min, std::size_t max) {
    line.text("--device", device,
              "Image, block device, dax device, or (commands that only read) the directory\n"
              "where it is mounted; without this option it is the first argument");
    line.texts("--secondary", secondaries,
               "Another device of the file system; repeat in the order of the log");
    line.positional(rest);
    line.check([this, min, max] { return settle(min, max); });
}

std::string Arguments::settle(std::size_t min, std::size_t max) {
    if (device.empty()) {
        if (rest.empty())
            return "the device is missing: it is the first argument";
        device = rest.front();
        rest.erase(rest.begin());
    }
    if (rest.size() < min)
        return "an argument is missing";
    if (rest.size() > max)
        return "an argument too many: " + rest[max];
    return "";
}

std::string absolute_path(const std::string &path) {
    std::error_code ignored; // a path that is nowhere is in no mount table either
    // Not canonical(): it asks the mounted file system, whose daemon may be dead.
    std::string absolute = std::filesystem::absolute(path, ignored).lexically_normal();
    while (absolute.size() > 1 && absolute.ends_with('/'))
        absolute.pop_back();
    return absolute;
}

std::string trim_slashes(std::string path) {
    path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
    path.erase(path.find_last_not_of('/') + 1);
    return path == "." ? "" : path;
}

std::string join_path(std::string directory, std::string_view name) {
    if (!directory.empty())
        directory += '/';
    directory += name;
    return directory;
}

} // namespace famfs::ctl
