// SPDX-License-Identifier: GPL-2.0-only
#include "loader/pins.h"

#include "base/try.h"
#include "bpf/abi.h"
#include "loader/session.h"

#include <algorithm>
#include <bpf/bpf.h>
#include <cctype>
#include <cstdio>
#include <filesystem>
#include <linux/magic.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

namespace famfs::loader {
namespace {

namespace fs = std::filesystem;

constexpr const char *bpffs = "/sys/fs/bpf";
constexpr char staging_mark = '+'; // not in any name
constexpr std::size_t max_pin_name = 63;

bool allowed(unsigned char letter) {
    return std::isalnum(letter) != 0 || letter == '_' || letter == '-';
}

/// A folder for each layout of the maps, so that no program opens one that it does not know.
constexpr const char *every_version = "/sys/fs/bpf/famfs-bpfd";
const std::string &prefix() {
    static const std::string path = std::string(every_version) + "/v" + std::to_string(FAMFS_ABI_VERSION);
    return path;
}

std::string staging_directory(const std::string &name) {
    return prefix() + "/" + name + staging_mark;
}

base::Expected<void> need_bpffs() {
    struct statfs found{};
    if (::statfs(bpffs, &found) == 0 && found.f_type == BPF_FS_MAGIC)
        return {};
    if (::mount("bpffs", bpffs, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=0700") != 0)
        return base::fail_errno("mount bpffs on", bpffs, "it needs CAP_SYS_ADMIN");
    return {};
}

base::Expected<void> make_directories(const std::string &path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error)
        return base::fail(error.value(), "make directory", path);
    return {};
}

/// Links first: what they hold in force ends before its maps lose their names. No directory is success.
base::Expected<void> remove_tree(const std::string &directory) {
    std::error_code error;
    for (const std::string &path : {directory + "/links", directory}) {
        fs::remove_all(path, error);
        if (error)
            return base::fail(error.value(), "remove pins", path);
    }
    return {};
}

base::Expected<void> pin_all(const std::string &directory, const std::vector<Pin> &pins) {
    for (const Pin &pin : pins) {
        const fs::path path = fs::path(directory) / pin.path;
        FAMFS_TRY(make_directories(path.parent_path().string()));
        if (bpf_obj_pin(pin.fd, path.c_str()) != 0)
            return base::fail_errno("pin", path.string());
    }
    return {};
}

} // namespace

base::Expected<void> check_pin_name(const std::string &name) {
    if (!name.empty() && name.size() <= max_pin_name && std::ranges::all_of(name, allowed))
        return {};
    return base::fail(EINVAL, "use pin name", "'" + name + "'", "1 to 63 letters, digits, '_' and '-'");
}

base::Expected<void> stage_pins(const std::string &name, const std::vector<Pin> &pins) {
    FAMFS_TRY(check_pin_name(name));
    FAMFS_TRY(need_bpffs());
    const std::string staging = staging_directory(name);
    if (auto removed = remove_tree(staging); !removed) // of a process that was killed here
        return removed;
    auto pinned = make_directories(staging);
    if (pinned)
        pinned = pin_all(staging, pins);
    if (!pinned)
        drop_staged_pins(name);
    return pinned;
}

base::Expected<void> commit_pins(const std::string &name) {
    const std::string target = pin_directory(name);
    if (::renameat2(AT_FDCWD, staging_directory(name).c_str(), AT_FDCWD, target.c_str(), RENAME_NOREPLACE) !=
        0)
        return base::fail_errno("make pins", target, errno == EEXIST ? "another session has this name" : "");
    return {};
}

base::Expected<void> exchange_pins(const std::string &name) {
    const std::string target = pin_directory(name);
    if (::renameat2(AT_FDCWD, staging_directory(name).c_str(), AT_FDCWD, target.c_str(), RENAME_EXCHANGE) !=
        0)
        return base::fail_errno("exchange pins", target);
    return remove_tree(staging_directory(name));
}

void drop_staged_pins(const std::string &name) {
    // What cannot be removed now is removed by the next stage_pins() of the name.
    [[maybe_unused]] const auto removed = remove_tree(staging_directory(name));
}

std::vector<std::string> list_pins() {
    std::vector<std::string> names;
    std::error_code error;
    for (const auto &entry : fs::directory_iterator(prefix(), error)) {
        const std::string name = entry.path().filename().string();
        if (check_pin_name(name))
            names.push_back(name);
    }
    std::ranges::sort(names);
    return names;
}

std::string pin_name(const std::string &device) {
    std::string name = fs::path(device).filename().string().substr(0, max_pin_name);
    std::ranges::replace_if(name, [](unsigned char letter) { return !allowed(letter); }, '-');
    return name;
}

std::string pin_directory(const std::string &name) {
    return prefix() + "/" + name;
}

base::Expected<void> remove_pins(const std::string &name) {
    FAMFS_TRY(check_pin_name(name));
    std::error_code error;
    for (const auto &version : fs::directory_iterator(every_version, error)) {
        FAMFS_TRY(remove_tree((version.path() / name).string()));
    }
    return {};
}

} // namespace famfs::loader
