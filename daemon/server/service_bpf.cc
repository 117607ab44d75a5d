// SPDX-License-Identifier: GPL-2.0-only
// Data path bpf: the mount is private until devices, program and map are in force, and the log is read
// through it.
#include "daemon/device/dax.h"
#include "daemon/device/whole_devices.h"
#include "daemon/fuse/detached_mount.h"
#include "daemon/server/data_path_bpf.h"
#include "daemon/server/paths.h"
#include "daemon/server/publish.h"
#include "daemon/server/read_media.h"
#include "daemon/server/service.h"
#include "daemon/server/unmount.h"

#include <spdlog/spdlog.h>

namespace famfs::server {

namespace {

class BpfService : public Service {
public:
    BpfService(Options options, std::vector<device::Device> devices)
        : Service(std::move(options)), pin_(loader::pin_name(options_.device)), devices_(std::move(devices)) {
    }
    ~BpfService() override;

protected:
    base::Expected<void> bring_up() override;
    base::Expected<void> take_down() override;
    base::Expected<void> unmount_mount() override { return unmount(mount_id_, options_.device); }

private:
    base::Expected<void> connect();
    base::Expected<void> load();
    base::Expected<void> hand_over_devices(loader::Session &session);
    base::Expected<void> publish_devices();
    base::Expected<media::FileSystem> read_through_mount();
    base::Expected<void> withdraw_devices();

    std::string pin_;
    std::vector<device::Device> devices_;
    std::unique_ptr<device::WholeDevices> whole_devices_;
    fuse::DetachedMount mount_; ///< empty once attached
    std::uint64_t mount_id_ = 0;
    std::unique_ptr<BpfDataPath> data_path_;
};

// Program before connection: detaching needs no connection, and the kernel keeps the devices until the mount
// is gone. The connection before what its threads use.
BpfService::~BpfService() {
    mount_ = {};
    if (data_path_)
        if (auto detached = data_path_->session().detach(); !detached)
            spdlog::error("{}", detached.error().message());
    connection_.reset();
}

base::Expected<void> BpfService::connect() {
    auto mount = fuse::DetachedMount::create(mount_options());
    if (!mount)
        return std::unexpected(mount.error());
    mount_ = *std::move(mount);
    mount_id_ = mount_.mount_id();
    std::vector<std::uint64_t> sizes;
    sizes.reserve(devices_.size());
    for (const device::Device &device : devices_)
        sizes.push_back(device.size());
    whole_devices_ = std::make_unique<device::WholeDevices>(first_private_nodeid, std::move(sizes));
    auto connection = fuse::Connection::serve(mount_.take_fuse_fd(), *whole_devices_, worker_threads());
    if (!connection)
        return std::unexpected(connection.error());
    connection_ = std::make_unique<fuse::Connection>(*std::move(connection));
    return {};
}

// The kernel gives a device to one mount only, so once we have it, no mount of a former daemon is left, and
// neither are its pins of any use.
base::Expected<void> BpfService::hand_over_devices(loader::Session &session) {
    for (const device::Device &device : devices_) {
        auto index = session.add_device(device.fd(), device.size(), device.path());
        if (!index)
            return std::unexpected(device::with_holder(index.error(), device.path()));
    }
    return loader::remove_pins(pin_);
}

base::Expected<void> BpfService::load() {
    auto session =
        loader::Session::load({.backend = options_.maps, .fuse_fd = connection_->fuse_fd(), .name = pin_});
    if (!session)
        return std::unexpected(session.error());
    data_path_ = std::make_unique<BpfDataPath>(*std::move(session));
    loader::Session &loaded = data_path_->session();
    if (auto handed = hand_over_devices(loaded); !handed)
        return handed;
    if (auto opened = loaded.open_store(); !opened)
        return opened;
    if (auto published = publish_devices(); !published)
        return published;
    return loaded.attach();
}

base::Expected<void> BpfService::publish_devices() {
    for (std::uint32_t i = 0; i < devices_.size(); i++)
        if (auto published = data_path_->session().store().publish(whole_devices_->record(i)); !published)
            return published;
    return {};
}

base::Expected<media::FileSystem> BpfService::read_through_mount() {
    for (std::size_t i = 0; i < devices_.size(); i++)
        if (auto mapped = devices_[i].map_through(mount_.mount_fd(), device::WholeDevices::file_name(i),
                                                  device::Access::read);
            !mapped)
            return std::unexpected(mapped.error());
    auto file_system = read_file_system(devices_, options_.salvage);
    for (device::Device &device : devices_)
        device.unmap();
    return file_system;
}

base::Expected<void> BpfService::withdraw_devices() {
    for (std::uint32_t i = 0; i < devices_.size(); i++)
        if (auto gone = data_path_->session().store().withdraw(first_private_nodeid + i); !gone)
            return gone;
    return {};
}

base::Expected<void> BpfService::bring_up() {
    status_.data_path = "bpf";
    status_.maps = std::string(loader::to_string(options_.maps));
    status_.pin = pin_;
    if (devices_.size() > private_nodeids)
        return base::fail(E2BIG, "mount a file system on " + std::to_string(devices_.size()) + " devices:",
                          options_.device, "at most " + std::to_string(private_nodeids) + " can be used");
    if (auto connected = connect(); !connected)
        return connected;
    if (auto loaded = load(); !loaded)
        return loaded;
    auto file_system = read_through_mount();
    if (!file_system)
        return std::unexpected(file_system.error());
    if (auto withdrawn = withdraw_devices(); !withdrawn)
        return withdrawn;
    loader::Session &session = data_path_->session();
    if (auto published = publish_all(*file_system, session.store()); !published)
        return published;
    make_server(*std::move(file_system),
                {.data_path = *data_path_, .records = session.store(), .storage = make_bpf_storage(session)});
    connection_->hand_over(*server_);
    if (auto pinned = session.pin(); !pinned)
        return pinned;
    return mount_.attach(options_.mountpoint);
}

base::Expected<void> BpfService::take_down() {
    finish_files();
    auto detached = data_path_->session().detach();
    connection_.reset();
    return detached;
}

} // namespace

std::unique_ptr<Service> make_bpf_service(Options options, std::vector<device::Device> devices) {
    return std::make_unique<BpfService>(std::move(options), std::move(devices));
}

} // namespace famfs::server
