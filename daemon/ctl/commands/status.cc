// SPDX-License-Identifier: GPL-2.0-only
#include "base/text.h"
#include "daemon/ctl/commands/commands.h"
#include "daemon/ctl/image/served.h"
#include "daemon/ctl/terminal/arguments.h"
#include "daemon/ctl/terminal/bpf_text.h"
#include "daemon/media/tree/json.h"
#include "loader/session.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <memory>

namespace famfs::ctl {

namespace {

using nlohmann::ordered_json;

struct Options {
    std::vector<std::string> targets; ///< one at most
    bool json = false;
};

/// A mount, pins, or both.
struct Subject {
    std::optional<ServedMount> mount;
    std::string pin; ///< "" if there are no pins
};

std::vector<Subject> subjects() {
    std::vector<std::string> pins = loader::PinnedSession::names();
    std::vector<Subject> list;
    for (ServedMount &mount : served_mounts()) {
        const std::size_t had = std::erase(pins, mount.pin);
        const std::string pin = had != 0 ? mount.pin : "";
        list.push_back({std::move(mount), pin});
    }
    for (const std::string &pin : pins)
        list.push_back({{}, pin});
    return list;
}

/// The daemon records devices with symbolic links resolved.
std::string real_path(const std::string &path) {
    std::error_code error;
    const auto real = std::filesystem::canonical(path, error);
    return error ? path : real.string();
}

/// @target: a mountpoint, a device, or a pin. "" names all.
bool names(const std::string &target, const Subject &subject) {
    if (target.empty() || target == subject.pin)
        return true;
    if (!subject.mount)
        return target.starts_with('/') && loader::pin_name(target) == subject.pin;
    return real_path(target) == subject.mount->device || absolute_path(target) == subject.mount->mountpoint;
}

bool alive(const Subject &subject) {
    return subject.mount && subject.mount->status;
}

/// Whatever the status file says, or "?": it is another program's.
std::string field(const ordered_json &status, const char *name) {
    const auto found = status.find(name);
    if (found == status.end() || found->is_null())
        return "-";
    return found->is_string() ? base::escape(found->get<std::string>()) : found->dump();
}

std::size_t problems(const ordered_json &status) {
    const auto found = status.find("problems");
    return found != status.end() && found->is_array() ? found->size() : 0;
}

void print_problems(const ordered_json &status) {
    constexpr std::size_t most = 5;
    const std::size_t count = problems(status);
    for (std::size_t i = 0; i < count && i < most; i++)
        std::printf("  problem: %s\n", field(status["problems"][i], "message").c_str());
    if (count > most)
        std::printf("  and %zu more: famfsctl fsck\n", count - most);
}

std::uint64_t number(const ordered_json &object, const char *name) {
    const auto found = object.find(name);
    return found != object.end() && found->is_number_unsigned() ? found->get<std::uint64_t>() : 0;
}

void print_usage(const ordered_json &status) {
    std::printf("  %s, %s\n", base::count_of(number(status, "files"), "file", "files").c_str(),
                base::count_of(number(status, "directories"), "directory", "directories").c_str());
    const auto usage = status.find("usage");
    if (usage == status.end() || !usage->is_object())
        return;
    std::printf("  space: %s of %s used; log: %llu of %llu slots\n",
                base::human_size(number(*usage, "used")).c_str(),
                base::human_size(number(*usage, "capacity")).c_str(),
                static_cast<unsigned long long>(number(*usage, "log_used")),
                static_cast<unsigned long long>(number(*usage, "log_slots")));
}

void print_map(const ordered_json &status) {
    const auto map = status.find("map");
    if (map == status.end() || !map->is_object())
        return;
    std::printf("  map: %s of at most %llu", base::count_of(number(*map, "files"), "file", "files").c_str(),
                static_cast<unsigned long long>(number(*map, "most_files")));
    if (const std::uint64_t most = number(*map, "most_bytes"); most != 0)
        std::printf(", %s of %s", base::human_size(number(*map, "bytes")).c_str(),
                    base::human_size(most).c_str());
    std::printf("\n");
}

void print_making(const ordered_json &status) {
    const std::string answer = field(status, "new_files");
    if (answer != "allowed")
        std::printf("  no new files here: %s\n", answer.c_str());
    const auto left = status.find("unpublished");
    if (left == status.end() || !left->is_object())
        return;
    const std::uint64_t files = number(*left, "files");
    const std::uint64_t directories = number(*left, "directories");
    if (files + directories == 0)
        return;
    std::printf("  not published: %s, %s, %s of space; famfsctl ls shows them, publish=%s\n",
                base::count_of(files, "file", "files").c_str(),
                base::count_of(directories, "directory", "directories").c_str(),
                base::human_size(number(*left, "space")).c_str(), field(status, "publish").c_str());
}

void print_mount(const Subject &subject) {
    const ServedMount &mount = *subject.mount; // NOLINT(bugprone-unchecked-optional-access): its callers look
    std::printf("%s on %s\n", base::escape(mount.device).c_str(), base::escape(mount.mountpoint).c_str());
    if (!mount.status) {
        std::printf("  NO DAEMON: %s\n", mount.error.c_str());
        std::printf("  Existing mappings and open files %s. To clean up: umount %s%s\n",
                    subject.pin.empty() ? "get errors" : "go on, answered by the pinned BPF program",
                    base::escape(mount.mountpoint).c_str(),
                    subject.pin.empty() ? "" : (", then famfsctl unpin " + subject.pin).c_str());
        return;
    }
    const ordered_json &status = *mount.status;
    std::printf("  daemon %s, data path %s, maps %s, pin %s\n", field(status, "pid").c_str(),
                field(status, "data_path").c_str(), field(status, "maps").c_str(),
                field(status, "pin").c_str());
    print_usage(status);
    print_map(status);
    print_making(status);
    print_problems(status);
}

void print_pin(const Subject &subject) {
    if (!subject.mount)
        std::printf("pin %s: no mount here uses it. If none does elsewhere: famfsctl unpin %s\n",
                    subject.pin.c_str(), subject.pin.c_str());
    const auto session = loader::PinnedSession::open(subject.pin);
    if (!session)
        return complain(session.error().message());
    const auto statistics = session->statistics();
    const auto last = session->last_error();
    std::fputs(statistics ? counters_text(*statistics).c_str() : "", stdout);
    std::fputs(last ? last_error_text(*last).c_str() : "", stdout);
    for (const auto *error : {statistics ? nullptr : &statistics.error(), last ? nullptr : &last.error()})
        if (error != nullptr)
            complain(error->message());
}

ordered_json to_json(const Subject &subject) {
    ordered_json json = {
        {"mountpoint", nullptr}, {"device", nullptr}, {"alive", alive(subject)}, {"pin", nullptr}};
    if (subject.mount) {
        json["mountpoint"] = subject.mount->mountpoint;
        json["device"] = subject.mount->device;
        json["status"] = subject.mount->status ? *subject.mount->status : ordered_json(nullptr);
    }
    if (subject.pin.empty())
        return json;
    json["pin"] = subject.pin;
    const auto session = loader::PinnedSession::open(subject.pin);
    if (!session) {
        json["error"] = session.error().message();
        return json;
    }
    if (const auto statistics = session->statistics())
        json["counters"] = counters_json(*statistics);
    if (const auto last = session->last_error())
        json["last_error"] = last_error_json(*last);
    return json;
}

bool well(const Subject &subject) {
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): who is alive has a status
    return alive(subject) && problems(*subject.mount->status) == 0;
}

base::Expected<int> run(const Options &options) {
    const std::string target = options.targets.empty() ? "" : options.targets.front();
    std::vector<Subject> list = subjects();
    std::erase_if(list, [&](const Subject &subject) { return !names(target, subject); });
    auto json = ordered_json::array();
    for (const Subject &subject : list) {
        if (options.json) {
            json.push_back(to_json(subject));
            continue;
        }
        if (subject.mount)
            print_mount(subject);
        if (!subject.pin.empty())
            print_pin(subject);
    }
    if (options.json)
        std::fputs(media::to_text(json).c_str(), stdout);
    if (list.empty() && !target.empty())
        return base::fail(ENOENT, "show the status of", target,
                          "neither a famfs mount of this host, nor its device, nor a pin");
    if (list.empty() && !options.json)
        std::printf("no famfs is mounted here, and nothing is pinned\n");
    return std::ranges::all_of(list, well) ? exit_ok : exit_failed;
}

Action add(CommandLine &line) {
    auto options = std::make_shared<Options>();
    line.positional(options->targets);
    line.check([options] { return options->targets.size() > 1 ? "one thing at a time" : ""; });
    line.flag("--json", options->json, "For programs: a list of objects");
    return [options] { return run(*options); };
}

} // namespace

const Command status_command = {
    .name = "status",
    .arguments = "[MOUNTPOINT|DEVICE|PIN]",
    .summary = "What is mounted, how faults are answered, what went wrong",
    .notes = "Examples:\n"
             "  famfsctl status                  everything on this host\n"
             "  famfsctl status /mnt/famfs\n"
             "  famfsctl status --json\n"
             "Exit status: 0 all is well, 1 nothing found, a daemon is dead, or files are not served.",
    .add = add,
};

} // namespace famfs::ctl
