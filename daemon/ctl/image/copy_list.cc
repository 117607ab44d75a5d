// SPDX-License-Identifier: GPL-2.0-only
#include "daemon/ctl/image/copy_list.h"

#include <algorithm>
#include <filesystem>
#include <sys/stat.h>

namespace famfs::ctl {

namespace {

class Lister {
public:
    explicit Lister(bool recursive) : recursive_(recursive) {}

    /// @follow: a symbolic link that a person named is what it points to; one inside a tree is not copied.
    void add(const std::string &from, const std::string &to, bool follow) {
        struct stat status{};
        if ((follow ? ::stat(from.c_str(), &status) : ::lstat(from.c_str(), &status)) != 0)
            return refuse(errno, from, "");
        if (S_ISDIR(status.st_mode))
            return add_directory(from, to, status);
        if (!S_ISREG(status.st_mode))
            return refuse(EINVAL, from, "a famfs holds files and directories only");
        if (status.st_size == 0)
            return refuse(EINVAL, from, "it is empty, and a famfs has no empty files");
        list_.items.push_back(
            {from, to, false, static_cast<std::uint64_t>(status.st_size), attributes(status)});
        list_.bytes += static_cast<std::uint64_t>(status.st_size);
    }
    void refuse(int code, const std::string &from, const std::string &hint) {
        list_.errors.push_back({code, "copy", from, hint});
    }
    CopyList take() { return std::move(list_); }

private:
    static media::Attributes attributes(const struct stat &status) {
        return {.uid = status.st_uid, .gid = status.st_gid, .mode = status.st_mode & 07777U};
    }

    void add_directory(const std::string &from, const std::string &to, const struct stat &status) {
        if (!recursive_)
            return refuse(EISDIR, from, "directories need -r");
        if (!to.empty())
            list_.items.push_back({from, to, true, 0, attributes(status)});
        std::vector<std::string> names;
        std::error_code error;
        for (std::filesystem::directory_iterator entry(from, error), end; !error && entry != end;
             entry.increment(error))
            names.push_back(entry->path().filename());
        if (error)
            return refuse(error.value(), from, "its contents cannot be listed");
        std::ranges::sort(names);
        for (const std::string &name : names)
            add(join_path(from, name), join_path(to, name), false);
    }

    bool recursive_;
    CopyList list_;
};

/// The last component; a path like "dir/." or ".." is resolved first.
std::string base_name(const std::string &path) {
    std::string name = std::filesystem::path(path).filename();
    if (!name.empty() && name != "." && name != "..")
        return name;
    std::error_code ignored; // a path that does not exist is refused when it is listed
    return std::filesystem::weakly_canonical(path, ignored).filename();
}

} // namespace

CopyList list_copies(const std::vector<std::string> &paths, const Target &target, bool recursive,
                     bool exact_name) {
    const std::string destination = trim_slashes(paths.back());
    const std::size_t sources = paths.size() - 1;
    const bool into = !exact_name && target.kind(destination) == media::Author::Kind::directory;
    Lister lister(recursive);
    for (std::size_t i = 0; i < sources; i++) {
        if (!into && sources > 1) {
            lister.refuse(ENOTDIR, paths[i],
                          "several sources need a directory as destination: famfsctl mkdir makes it");
            continue;
        }
        std::string source = paths[i];
        while (source.size() > 1 && source.ends_with('/'))
            source.pop_back();
        lister.add(source, into ? join_path(destination, base_name(source)) : destination, true);
    }
    return lister.take();
}

} // namespace famfs::ctl
