// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/arguments.h"

namespace famfs::ctl {

void Arguments::declare(CLI::App &app, std::size_t min, std::size_t max) {
    app.add_option("--device", device,
                   "Image, block device, dax device, or (commands that only read) the directory\n"
                   "where it is mounted; without this option it is the first argument");
    app.add_option("--secondary", secondaries,
                   "Another device of the file system; repeat in the order of the log")
        ->allow_extra_args(false);
    app.add_option("arguments", rest)->group("");
    app.parse_complete_callback([this, min, max] { settle(min, max); });
}

void Arguments::settle(std::size_t min, std::size_t max) {
    if (device.empty()) {
        if (rest.empty())
            throw CLI::RequiredError("the device (first argument, or --device)");
        device = rest.front();
        rest.erase(rest.begin());
    }
    if (rest.size() < min)
        throw CLI::RequiredError("another argument");
    if (rest.size() > max)
        throw CLI::ExtrasError({rest.begin() + static_cast<std::ptrdiff_t>(max), rest.end()});
}

CLI::Option *add_size(CLI::App &app, const std::string &name, std::uint64_t &size, const std::string &help) {
    CLI::AsSizeValue sizes(/*kb_is_1000=*/false);
    sizes.description("");
    return app.add_option(name, size, help)->transform(sizes)->type_name("SIZE");
}

std::string trim_slashes(std::string path) {
    path.erase(0, std::min(path.find_first_not_of('/'), path.size()));
    path.erase(path.find_last_not_of('/') + 1);
    return path == "." ? "" : path;
}

std::string join_path(std::string directory, const std::string &name) {
    if (!directory.empty())
        directory += '/';
    directory += name;
    return directory;
}

} // namespace famfs::ctl
