// SPDX-License-Identifier: GPL-2.0-only
#include "base/text.h"
#include "daemon/ctl/commands/commands.h"
#include "daemon/ctl/commands/space_map.h"
#include "daemon/ctl/image/source.h"
#include "daemon/ctl/terminal/arguments.h"
#include "daemon/media/tree/json.h"

#include <algorithm>
#include <cstdio>
#include <memory>
#include <optional>

namespace famfs::ctl {

namespace {

/// What fsck exits with; the help names them too.
enum FsckStatus : int { fsck_clean = 0, fsck_warnings = 1, fsck_errors = 2, fsck_unreadable = 3 };

struct Options {
    Arguments arguments;
    bool json = false;
    bool map = false;
};

int exit_status(const media::Inspection &inspection) {
    if (!inspection.file_system && (inspection.error.code == EMEDIUMTYPE || inspection.error.code == ENOTSUP))
        return fsck_unreadable;
    if (media::has_errors(inspection.problems))
        return fsck_errors;
    return inspection.problems.empty() ? fsck_clean : fsck_warnings;
}

/// A device in the wrong place is an error; one that never had a label is told, since nobody can check its
/// place.
void add_label_problem(const Source &source, media::Inspection &inspection) {
    if (!inspection.file_system)
        return;
    const auto checked = check_labels(source, *inspection.file_system);
    if (checked)
        return;
    media::Problem problem;
    problem.code = "device-label";
    problem.severity = checked.error().code == ENODATA ? media::Severity::warning : media::Severity::error;
    problem.field = "label";
    problem.found = checked.error().object;
    problem.expected = "the label of a secondary device of this file system";
    problem.message = checked.error().message();
    inspection.problems.push_back(problem);
}

/// Bytes allocated for each byte of a file.
std::optional<double> amplification(const media::Usage &usage) {
    if (usage.file_bytes == 0)
        return {};
    return static_cast<double>(usage.used) / static_cast<double>(usage.file_bytes);
}

void print_json(const Source &source, const media::Inspection &inspection, int status) {
    nlohmann::ordered_json json = {{"device", source.path()}, {"status", status}, {"uuid", nullptr}};
    json["problems"] = media::to_json(inspection.problems);
    if (inspection.file_system) {
        json["uuid"] = base::to_string(inspection.file_system->superblock().uuid);
        json["usage"] = media::to_json(inspection.file_system->usage());
        json["usage"]["amplification"] = nullptr;
        if (const auto factor = amplification(inspection.file_system->usage()))
            json["usage"]["amplification"] = *factor;
    }
    std::fputs(media::to_text(json).c_str(), stdout);
}

void print_usage(const media::FileSystem &file_system) {
    const media::Usage &usage = file_system.usage();
    const auto size = [](std::uint64_t bytes) { return base::human_size(bytes); };
    std::printf("  file system    %s, %s, alloc unit %s\n",
                base::to_string(file_system.superblock().uuid).c_str(),
                base::count_of(file_system.devices().size(), "device", "devices").c_str(),
                size(file_system.superblock().alloc_unit).c_str());
    std::printf("  contents       %s, %s, %s\n", base::count_of(usage.files, "file", "files").c_str(),
                base::count_of(usage.directories, "directory", "directories").c_str(),
                size(usage.file_bytes).c_str());
    std::printf("  space          %s, %s used, %s free, largest free run %s\n", size(usage.capacity).c_str(),
                size(usage.used).c_str(), size(usage.capacity - usage.used).c_str(),
                size(usage.largest_free_run).c_str());
    if (const auto factor = amplification(usage))
        std::printf("  amplification  %.2f bytes allocated for each byte of a file\n", *factor);
    std::printf("  log            %llu of %llu slots used\n", static_cast<unsigned long long>(usage.log_used),
                static_cast<unsigned long long>(usage.log_slots));
}

void print_text(const Source &source, const media::Inspection &inspection, int status) {
    for (const media::Problem &problem : inspection.problems)
        std::printf("%s: %s: %s\n", problem.severity == media::Severity::error ? "error" : "warning",
                    problem.code.c_str(), problem.message.c_str());
    const auto verdict = [&](const char *text) { std::printf("%s: %s\n", source.path().c_str(), text); };
    switch (status) {
    case fsck_clean:
        verdict("clean");
        break;
    case fsck_warnings:
        verdict("warnings only");
        break;
    case fsck_errors:
        verdict("ERRORS; nothing was changed");
        break;
    default:
        verdict("no famfs that can be read");
    }
    if (inspection.file_system)
        print_usage(*inspection.file_system);
}

base::Expected<int> run(const Options &options) {
    const auto source = Source::open(options.arguments, device::Access::read);
    if (!source) {
        complain(source.error().message());
        return fsck_unreadable;
    }
    media::Inspection inspection = media::FileSystem::inspect(source->primary(), source->sizes());
    add_label_problem(*source, inspection);
    const int status = exit_status(inspection);
    options.json ? print_json(*source, inspection, status) : print_text(*source, inspection, status);
    if (options.map && inspection.file_system)
        std::fputs(
            space_map(device_spaces(*inspection.file_system, source->primary()), output_style()).c_str(),
            stdout);
    return status;
}

Action add(CommandLine &line) {
    auto options = std::make_shared<Options>();
    options->arguments.declare(line, 0, 0);
    line.flag("--json", options->json, "For programs");
    line.flag("--map", options->map, "Draw who has which bytes of the devices, for people: not with --json");
    line.exclude("--map", "--json");
    return [options] { return run(*options); };
}

} // namespace

const Command fsck_command = {
    .name = "fsck",
    .arguments = "DEVICE|MOUNTPOINT",
    .summary = "Check a file system; changes nothing",
    .notes =
        "Examples:\n"
        "  famfsctl fsck /tmp/pool.img\n"
        "  famfsctl fsck --map /tmp/pool.img                       draws where free space and problems are\n"
        "  famfsctl fsck --json /dev/dax0.0 --secondary /dev/dax1.0\n"
        "Each problem has a stable code, the log entry's index and the byte on the primary device.\n"
        "Exit status: 0 clean, 1 warnings only, 2 errors, 3 not a famfs or cannot be read.",
    .add = add,
};

} // namespace famfs::ctl
