"""What PyTorch's loss is over 20 steps of Adam: for the scripts that train a model."""
from layers import encoded, torch


def trained(model, x, y, lr):
    """The state that it begins with, its batch, the losses while it trains and the loss in eval afterwards."""
    state = {k: encoded(v) for k, v in model.state_dict().items()}
    criterion, losses = torch.nn.CrossEntropyLoss(), []
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    for _ in range(20):
        optimizer.zero_grad()
        loss = criterion(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    with torch.no_grad():
        evaluated = criterion(model.eval()(x), y).item()
    return {"state": state, "x": encoded(x), "y": y.tolist(), "lr": lr, "losses": losses, "evaluated": evaluated}
