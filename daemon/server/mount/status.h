// SPDX-License-Identifier: GPL-2.0-only
// .meta/.status: what this daemon is doing, for people and for famfsctl status.
#pragma once

#include "daemon/server/files/made_files.h"
#include "loader/record_store.h"

#include <optional>
#include <string>

namespace famfs::server {

struct Status {
    std::string device;
    std::string mountpoint;
    std::string data_path;                        ///< "bpf" or "daemon"
    std::optional<std::string> maps;              ///< bpf only: "arena" or "rhash"
    std::optional<std::string> pin;               ///< bpf only: name of the pins
    const loader::RecordStore *records = nullptr; ///< lives as long as the mount
    std::string publish;                          ///< when files are published, as on the command line
    std::string no_new_files;                     ///< why nothing can be made through the mount; "" if it can
};

/// JSON, indented, with a newline at the end; version 1. @making: absent where nothing can be made.
std::string status_text(const Status &status, const Tree &tree,
                        const std::optional<MadeFiles::State> &making);

/// .meta/.unpublished: a JSON list of what is not published yet, by path.
std::string unpublished_text(const Tree &tree);

} // namespace famfs::server
