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
#include <ranges>

namespace famfs::ctl {

namespace {

using nlohmann::ordered_json;
using status::MountStatus;

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
    return subject.mount && subject.mount->answered;
}

void print_problems(const media::Problems &problems) {
    constexpr std::size_t most = 5;
    for (const media::Problem &problem : problems | std::views::take(most))
        std::printf("  problem: %s\n", base::escape(problem.message).c_str());
    if (problems.size() > most)
        std::printf("  and %zu more: famfsctl fsck\n", problems.size() - most);
}

void print_usage(const MountStatus &status) {
    const MountStatus::Usage &usage = status.usage;
    std::printf("  %s, %s\n", base::count_of(status.files, "file", "files").c_str(),
                base::count_of(status.directories, "directory", "directories").c_str());
    std::printf("  space: %s of %s used; log: %llu of %llu slots\n", base::human_size(usage.used).c_str(),
                base::human_size(usage.capacity).c_str(), static_cast<unsigned long long>(usage.log_used),
                static_cast<unsigned long long>(usage.log_slots));
}

void print_map(const MountStatus::Map &map) {
    std::printf("  map: %s of at most %llu", base::count_of(map.files, "file", "files").c_str(),
                static_cast<unsigned long long>(map.most_files));
    if (map.most_bytes != 0)
        std::printf(", %s of %s", base::human_size(map.bytes).c_str(),
                    base::human_size(map.most_bytes).c_str());
    std::printf("\n");
}

void print_making(const MountStatus &status) {
    if (status.new_files != MountStatus::allowed)
        std::printf("  no new files here: %s\n", base::escape(status.new_files).c_str());
    const MountStatus::Unpublished &left = status.unpublished;
    if (left.files + left.directories == 0)
        return;
    std::printf("  not published: %s, %s, %s of space; famfsctl ls shows them, publish=%s\n",
                base::count_of(left.files, "file", "files").c_str(),
                base::count_of(left.directories, "directory", "directories").c_str(),
                base::human_size(left.space).c_str(), base::escape(status.publish).c_str());
}

void print_without_status(const Subject &subject, const ServedMount &mount) {
    if (mount.answered) {
        std::printf("  A daemon of another version: %s\n", mount.error.c_str());
        return;
    }
    std::printf("  NO DAEMON: %s\n", mount.error.c_str());
    std::printf("  Existing mappings and open files %s. To clean up: umount %s%s\n",
                subject.pin.empty() ? "get errors" : "go on, answered by the pinned BPF program",
                base::escape(mount.mountpoint).c_str(),
                subject.pin.empty() ? "" : (", then famfsctl unpin " + subject.pin).c_str());
}

void print_mount(const Subject &subject) {
    const ServedMount &mount = *subject.mount; // NOLINT(bugprone-unchecked-optional-access): its callers look
    std::printf("%s on %s\n", base::escape(mount.device).c_str(), base::escape(mount.mountpoint).c_str());
    if (!mount.status)
        return print_without_status(subject, mount);
    const MountStatus &status = *mount.status;
    std::printf("  daemon %llu, data path %s, maps %s, pin %s\n", static_cast<unsigned long long>(status.pid),
                base::escape(status.data_path).c_str(), base::escape(status.maps.value_or("-")).c_str(),
                base::escape(status.pin.value_or("-")).c_str());
    print_usage(status);
    print_map(status.map);
    print_making(status);
    print_problems(status.problems);
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
        json["status"] = subject.mount->status ? to_json(*subject.mount->status) : ordered_json(nullptr);
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
    return subject.mount && subject.mount->status && subject.mount->status->problems.empty();
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
